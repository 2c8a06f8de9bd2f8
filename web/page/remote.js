import { unpackError } from "./errors.js";

/**
 * A worker that answers calls: what is posted is {id, call, argument}, what comes back {id, result} or {id, error}. A message
 * without an id is an event.
 */
export class Remote {
  #worker;
  #waiting = new Map();
  #last = 0;

  /**
   * @param {URL} url of the worker's module
   * @param {(event: any) => void} [onEvent]
   */
  constructor(url, onEvent = () => {}) {
    this.#worker = new Worker(url, { type: "module" });
    this.#worker.addEventListener("message", ({ data }) => {
      if (data.id === undefined) return onEvent(data);
      const call = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      if (data.error) call?.reject(unpackError(data.error));
      else call?.resolve(data.result);
    });
    this.#worker.addEventListener("error", (event) => {
      event.preventDefault();
      this.close(Object.assign(new Error(event.message || "a part of this page could not be loaded"), { kind: "internal" }));
    });
  }

  /**
   * Calls the worker.
   * @param {string} call
   * @param {unknown} [argument]
   * @returns {Promise<any>}
   */
  call(call, argument) {
    return new Promise((resolve, reject) => {
      const id = ++this.#last;
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, call, argument });
    });
  }

  /**
   * Ends the worker; whatever it has not answered fails.
   * @param {Error} [reason]
   */
  close(reason = new DOMException("stopped", "AbortError")) {
    this.#worker.terminate();
    for (const call of this.#waiting.values()) call.reject(reason);
    this.#waiting.clear();
  }
}
