import { float32 } from "../format.js";

const piece = 1000; // rows that are made into text at a time

/** Writes one field of a CSV file (RFC 4180). */
export function csvField(value) {
  const text = String(value ?? "");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * Writes results as a table: place in the file, text, the label that the file gave, the label found, scores.
 * @param {import("./results.js").Results} results
 * @returns {Blob}
 */
export function toCSV(results) {
  const { labels, labelled } = results;
  const header = ["line", "text", ...(labelled ? ["true_label"] : []), "label", "score", ...labels.map((name) => `score_${name}`), "tokens", "truncated"];
  const line = ({ line, text, given, prediction: p }) =>
    [line, text, ...(labelled ? [given] : []), p.label, p.score, ...labels.map((name) => p.scores[name]), p.tokens, p.truncated];
  const write = (cells) => `${cells.map(csvField).join(",")}\r\n`;
  return join(results.rows, write(header), (row) => write(line(row)), "text/csv;charset=utf-8");
}

/**
 * Writes results as JSON lines: the members that `lorica classify` gives, behind those that say which row it is.
 * @param {import("./results.js").Results} results
 * @returns {Blob}
 */
export function toJSONLines(results) {
  const line = ({ line, text, given, prediction: p }) =>
    JSON.stringify({
      line,
      text,
      ...(results.labelled && { true_label: given ?? null }),
      label: p.label,
      score: p.score,
      scores: p.scores,
      logits: Array.from(p.logits, float32),
      tokens: p.tokens,
      truncated: p.truncated,
    });
  return join(results.rows, "", (row) => `${line(row)}\n`, "application/x-ndjson");
}

function join(rows, header, write, type) {
  const parts = [header];
  for (let at = 0; at < rows.length; at += piece) parts.push(rows.slice(at, at + piece).map(write).join(""));
  return new Blob(parts, { type });
}

/**
 * Lets the browser save a file.
 * @param {Blob} blob
 * @param {string} name
 */
export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
