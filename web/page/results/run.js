import { Remote } from "../remote.js";
import { Labels } from "../rows/fields.js";
import { Results } from "./results.js";

const wantedMs = 100; // of one call of the program: long enough to be worth it, short enough for a cancel to be felt at once
const most = 256; // texts of one call

/** Finds how many texts make a call as long as it should be. */
class Pace {
  #size = 4;

  get size() {
    return this.#size;
  }

  took(texts, ms) {
    const fitting = (texts * wantedMs) / Math.max(ms, 1);
    this.#size = Math.round(Math.min(most, Math.max(1, Math.min(2 * this.#size, fitting))));
  }
}

/**
 * Classifies rows as they come, and keeps them in order. Stopped by its signal, it returns what it has.
 * @param {import("../engine/engine.js").Engine} engine
 * @param {AsyncIterable<{rows: {line: number, text: string, label?: unknown}[], bytes?: number, skipped?: number}>} batches
 * @param {{labelled?: boolean, signal?: AbortSignal, onProgress?: (p: {rows: number, bytes: number, skipped: number}) => void}} [options]
 * @returns {Promise<Results>}
 */
export async function classifyRows(engine, batches, { labelled = false, signal, onProgress = () => {} } = {}) {
  const results = new Results(engine.facts.labels, labelled);
  const names = new Labels(results.labels);
  const place = new Map(results.labels.map((name, i) => [name, i]));
  const pace = new Pace();
  const running = new Set();
  const failure = new AbortController(); // ends the rest when one call fails
  const ending = signal ? AbortSignal.any([signal, failure.signal]) : failure.signal;
  let read = 0;
  let done = 0;
  let state = { bytes: 0, skipped: 0 };
  const tell = () => onProgress({ rows: done, bytes: state.bytes, skipped: state.skipped });

  const send = (rows) => {
    const first = read;
    read += rows.length;
    const call = engine
      .classify(rows.map((row) => row.text), { signal: ending })
      .then(({ results: predictions, ms }) => {
        pace.took(rows.length, ms);
        predictions.forEach((prediction, i) => {
          const { line, text, label: given } = rows[i];
          const truth = labelled ? names.place(given) : -1;
          results.rows[first + i] = { number: first + i + 1, line, text, truth, given, place: place.get(prediction.label), prediction };
        });
        done += rows.length;
        tell();
      })
      .finally(() => running.delete(call));
    call.catch((error) => failure.abort(error));
    running.add(call);
  };

  try {
    for await (const { rows, ...progress } of batches) {
      state = { ...state, ...progress };
      for (let at = 0; at < rows.length; ) {
        while (running.size > engine.workers) await Promise.race(running);
        ending.throwIfAborted();
        const size = pace.size;
        send(rows.slice(at, at + size));
        at += size;
      }
      tell();
    }
    await Promise.all(running);
  } catch (error) {
    if (!signal?.aborted) throw error;
    await Promise.allSettled(running);
    results.rows = results.rows.filter(Boolean); // calls that had begun have ended, out of order perhaps
    results.stopped = true;
  }
  results.skipped = state.skipped;
  return results;
}

/**
 * Reads a file's rows in a worker.
 * @param {{file: File, text: string, label: string, skipBad: boolean}} request
 */
export async function* rowsOf(request) {
  const reader = openReader();
  try {
    await reader.call("open", request);
    for (let batch; (batch = await reader.call("next")); ) yield batch;
  } finally {
    reader.close();
  }
}

/**
 * Looks at the first rows of a file, in a worker.
 * @param {File} file
 * @returns {ReturnType<typeof import("../rows/reader.js").inspect>}
 */
export async function inspectFile(file) {
  const reader = openReader();
  try {
    return await reader.call("inspect", { file });
  } finally {
    reader.close();
  }
}

/**
 * Counts the rows of a file, in a worker, and those that cannot be read.
 * @param {File} file
 * @param {AbortSignal} signal
 * @returns {Promise<{rows: number, bad: number, first: string}>} first is what is wrong with the first bad one
 */
export async function countRows(file, signal) {
  const reader = openReader();
  signal.addEventListener("abort", () => reader.close());
  try {
    return await reader.call("count", { file });
  } finally {
    reader.close();
  }
}

const openReader = () => new Remote(new URL("../rows/worker.js", import.meta.url));
