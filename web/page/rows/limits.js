/** What a file may hold. A file beyond any of these is refused, with the line at which it went too far. */
export const limits = {
  bytes: 1 << 30, // of the file, and of what a compressed file holds
  row: 1 << 20, // characters of one row
  fields: 1000, // of one row
  rows: 200_000,
  depth: 64, // of nested JSON
};
