// Reads files of rows apart from the page's own thread.
import { InputError, packError } from "../errors.js";
import { inspect, readRows } from "./reader.js";

const batchRows = 256;
let batches = null; // of the file that is being read

/** Groups the rows of a file, as text and label, with how much of the file they took. */
async function* batchesOf({ file, text, label, skipBad }) {
  let bytes = 0;
  let skipped = 0;
  let rows = [];
  const bad = (line, message) => {
    const error = new InputError(`${file.name}:${line}: ${message}`);
    if (!skipBad) throw error;
    skipped++;
  };
  for await (const row of readRows(file, { onBytes: (n) => (bytes = n), onBad: skipBad ? () => skipped++ : undefined })) {
    const value = row.fields[text];
    if (typeof value !== "string") {
      bad(row.line, value === undefined ? `no field "${text}"` : `field "${text}": want a text, got ${kindOf(value)}`);
      continue;
    }
    rows.push({ line: row.line, text: value, label: label ? row.fields[label] : undefined });
    if (rows.length === batchRows) {
      yield { rows, bytes, skipped };
      rows = [];
    }
  }
  yield { rows, bytes, skipped };
}

const kindOf = (value) => (value === null ? "null" : Array.isArray(value) ? "an array" : typeof value === "object" ? "an object" : `a ${typeof value}`);

const calls = {
  inspect: ({ file }) => inspect(file),
  async count({ file }) {
    let [rows, bad, first] = [0, 0, ""];
    const onBad = (error) => {
      if (bad++ === 0) first = error.message;
    };
    for await (const _ of readRows(file, { onBad })) rows++;
    return { rows, bad, first };
  },
  open(request) {
    batches = batchesOf(request);
  },
  async next() {
    const { done, value } = await batches.next();
    return done ? null : value;
  },
};

addEventListener("message", async ({ data: { id, call, argument } }) => {
  try {
    postMessage({ id, result: await calls[call](argument) });
  } catch (error) {
    postMessage({ id, error: packError(error) });
  }
});
