import { InputError } from "../errors.js";
import { forget, keep, piecesOf, readKept } from "./store.js";

/**
 * @typedef {{url: string, name: string, bytes: number, digest: string}} ServedModel
 * @typedef {{bytes: number, pieces: AsyncIterable<Uint8Array>, kept: boolean}} OpenedModel
 */

/**
 * Opens a model: one that the server has, from where an earlier visit has kept it if so, or a file of the user.
 * @param {ServedModel | File} source
 * @param {boolean} fresh ask the server, whatever has been kept
 * @returns {Promise<OpenedModel>}
 */
export async function openModel(source, fresh) {
  if (source instanceof File) return { bytes: source.size, pieces: piecesOf(source), kept: false };
  const kept = fresh ? null : await readKept(source);
  if (kept) return { bytes: source.bytes, pieces: kept, kept: true };
  const response = await fetch(source.url).catch(() => {
    throw new InputError("the server cannot be reached");
  });
  if (!response.ok) throw new InputError(`the server says ${response.status}`);
  return { bytes: source.bytes, pieces: download(source, response), kept: false };
}

/** Hands on what arrives, and keeps it for the next visit. */
async function* download(source, response) {
  const reader = response.body.getReader();
  const copy = await keep(source);
  let arrived = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(() => {
        throw new InputError(`the download broke off after ${arrived} of ${source.bytes} bytes`);
      });
      if (done) break;
      arrived += value.byteLength;
      if (arrived > source.bytes) break;
      copy.write(value);
      yield value;
    }
    if (arrived !== source.bytes) throw new InputError(`got ${arrived} bytes, want ${source.bytes}`);
  } finally {
    reader.cancel().catch(() => {});
    copy.close();
  }
  await forget(source.digest);
}
