import { InputError } from "../errors.js";
import { TableParser } from "./csv.js";
import { findField, labelFields, longestField, textFields } from "./fields.js";
import { DocumentParser } from "./json.js";
import { limits } from "./limits.js";

/**
 * @typedef {{line: number, fields: Record<string, unknown>}} Row
 * @typedef {"jsonl" | "json" | "csv" | "tsv" | "txt"} Format
 */

const endings = { jsonl: "jsonl", ndjson: "jsonl", json: "json", csv: "csv", tsv: "tsv", tab: "tsv", txt: "txt" };

/**
 * Tells a file's format by its name.
 * @param {string} name
 * @returns {Format}
 */
export function formatOf(name) {
  const ending = name.toLowerCase().replace(/\.gz$/, "").split(".").pop() ?? "";
  const format = endings[ending];
  if (!format) throw new InputError(`${name}: want a file that ends in .csv, .tsv, .jsonl, .json or .txt, each also with .gz`);
  return /** @type {Format} */ (format);
}

/**
 * Reads the rows of a file one after another, without ever holding the whole of it. A row that cannot be read is an error that
 * names file and line, or goes to onBad when that is given.
 * @param {File} file
 * @param {{onBytes?: (bytes: number) => void, onBad?: (error: Error) => void, bounds?: typeof limits}} [options]
 * @returns {AsyncGenerator<Row>}
 */
export async function* readRows(file, { onBytes, onBad, bounds = limits } = {}) {
  const place = (line, message) => new InputError(`${file.name}:${line}: ${message}`);
  const bad = (line, message) => {
    const error = place(line, message);
    if (!onBad) throw error;
    onBad(error);
  };
  const format = formatOf(file.name);
  if (file.size > bounds.bytes) throw new InputError(`${file.name}: larger than ${bounds.bytes >> 20} MB`);
  const decode = decoders[format](bounds, bad);
  let rows = 0;
  const counted = function* (some) {
    for (const row of some) {
      if (++rows > bounds.rows) throw place(row.line, `more than ${bounds.rows} rows`);
      yield row;
    }
  };
  try {
    for await (const piece of textOf(file, bounds.bytes, onBytes)) yield* counted(decode.push(piece));
    yield* counted(decode.end());
  } catch (error) {
    if (error?.line && !error.message.startsWith(file.name)) throw place(error.line, error.message);
    throw error;
  }
}

/** Reads the text of a file, decompressed if its name ends in .gz, in pieces. */
async function* textOf(file, most, onBytes) {
  let read = 0;
  const counted = new TransformStream({
    transform(chunk, controller) {
      onBytes?.((read += chunk.byteLength));
      controller.enqueue(chunk);
    },
  });
  let stream = file.stream().pipeThrough(counted);
  if (/\.gz$/i.test(file.name)) stream = stream.pipeThrough(new DecompressionStream("gzip"));
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const reader = stream.getReader();
  let total = 0;
  const decode = (bytes, last) => {
    try {
      return decoder.decode(bytes, { stream: !last });
    } catch {
      throw new InputError(`${file.name}: not UTF-8 text`);
    }
  };
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((error) => {
        throw new InputError(`${file.name}: ${file.name.toLowerCase().endsWith(".gz") ? "broken gzip data" : error.message}`);
      });
      if (done) break;
      total += value.byteLength;
      if (total > most) throw new InputError(`${file.name}: more than ${most >> 20} MB when decompressed`);
      yield decode(value, false);
    }
    yield decode(new Uint8Array(), true);
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** What turns pieces of text into rows, by format. */
const decoders = {
  csv: (bounds, bad) => table(",", bounds, bad),
  tsv: (bounds, bad) => table("\t", bounds, bad),
  jsonl: (bounds, bad) =>
    lines(bounds, (line, text) => (text.trim() === "" ? null : parseObject(line, text, bad))),
  txt: (bounds) => lines(bounds, (line, text) => ({ line, fields: { text } })),
  json(bounds, bad) {
    const parser = new DocumentParser(bounds);
    const parse = (elements) => elements.map(({ line, text }) => parseObject(line, text, bad)).filter(Boolean);
    return {
      push: (piece) => parse(parser.push(piece)),
      end() {
        parser.end();
        return [];
      },
    };
  },
};

/** Rows of a table, whose first one names the fields. */
function table(separator, bounds, bad) {
  const parser = new TableParser(separator, bounds);
  let names = null;
  const named = (rows) =>
    rows.flatMap(({ line, cells }) => {
      if (!names) {
        names = cells.map((name) => name.trim());
        const twice = names.find((name, i) => names.indexOf(name) !== i);
        if (twice !== undefined) throw Object.assign(new InputError(`two fields are called "${twice}"`), { line });
        return [];
      }
      if (cells.length !== names.length) {
        bad(line, `${cells.length} fields, but the header has ${names.length}`);
        return [];
      }
      return [{ line, fields: Object.fromEntries(names.map((name, i) => [name, cells[i]])) }];
    });
  return { push: (piece) => named(parser.push(piece)), end: () => named(parser.end()) };
}

/** Rows of a line each. */
function lines(bounds, row) {
  let rest = "";
  let line = 0;
  const take = (text) => {
    line++;
    if (text.length > bounds.row) throw Object.assign(new InputError(`a line of more than ${bounds.row} characters`), { line });
    const made = row(line, text.endsWith("\r") ? text.slice(0, -1) : text);
    return made ? [made] : [];
  };
  return {
    push(piece) {
      const parts = (rest + piece).split("\n");
      rest = parts.pop();
      if (rest.length > bounds.row) take(rest);
      return parts.flatMap(take);
    },
    end: () => (rest === "" ? [] : take(rest)),
  };
}

/** Parses one row's JSON; null after a bad one. */
function parseObject(line, text, bad) {
  let fields;
  try {
    fields = JSON.parse(text);
  } catch (error) {
    bad(line, `not JSON: ${error.message}`);
    return null;
  }
  if (fields === null || typeof fields !== "object" || Array.isArray(fields)) {
    bad(line, `want an object, got ${fields === null ? "null" : Array.isArray(fields) ? "an array" : `a ${typeof fields}`}`);
    return null;
  }
  return { line, fields };
}

/**
 * Looks at the first rows of a file: which fields there are, and which of them seem to be the text and the label.
 * @param {File} file
 * @param {number} [count] of rows
 * @returns {Promise<{names: string[], text: string, label: string, rows: Row[]}>}
 */
export async function inspect(file, count = 20) {
  const rows = [];
  const bad = [];
  for await (const row of readRows(file, { onBad: (error) => bad.push(error) })) {
    rows.push(row);
    if (rows.length === count) break;
  }
  if (rows.length === 0) throw bad[0] ?? new InputError(`${file.name}: no rows in it`);
  const names = [...new Set(rows.flatMap((row) => Object.keys(row.fields)))].slice(0, limits.fields);
  const fields = rows.map((row) => row.fields);
  const text = findField(names, textFields) || longestField(names, fields);
  const label = findField(names.filter((name) => name !== text), labelFields);
  return { names, text, label, rows };
}
