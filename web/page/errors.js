/**
 * What the input caused: a file, a row, a model. Its message is one line for the reader of the page.
 */
export class InputError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = "InputError";
    this.kind = "input";
  }
}

/**
 * Makes an error fit to cross to another thread.
 * @param {unknown} error
 * @returns {{kind: string, message: string}}
 */
export function packError(error) {
  const kind = /** @type {any} */ (error)?.kind ?? "internal";
  const message = error instanceof Error ? error.message : String(error);
  return { kind, message: message.replace(/\s*\n\s*/g, "; ") };
}

/**
 * The opposite of packError.
 * @param {{kind: string, message: string}} packed
 * @returns {Error & {kind: string}}
 */
export function unpackError(packed) {
  return Object.assign(new Error(packed.message), { kind: packed.kind });
}
