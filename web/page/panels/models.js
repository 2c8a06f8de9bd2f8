import { Engine } from "../engine/engine.js";

/**
 * The model that the page works with. Opening another one leaves the old usable until the new one is ready, and for good if it
 * turns out to be broken. Tells of changes by the events "opening", "progress", "opened", "failed" and "workers".
 */
export class Models extends EventTarget {
  /** @type {Engine | null} */
  engine = null;
  /** @type {import("../engine/source.js").ServedModel | File | null} */
  source = null;
  #attempt = null;
  #wanted = 1;
  #kernels;

  /** @param {string | undefined} kernels the fastest to use */
  constructor(kernels) {
    super();
    this.#kernels = kernels;
  }

  /**
   * Opens a model. A newer call ends an older one that has not come to its end.
   * @param {import("../engine/source.js").ServedModel | File} source
   */
  async open(source) {
    this.#attempt?.abort();
    const attempt = (this.#attempt = new AbortController());
    this.#tell("opening", source);
    try {
      const check = source instanceof File; // the probes of a file that somebody found; the server knows its own
      const onProgress = (progress) => attempt === this.#attempt && this.#tell("progress", progress);
      const engine = await Engine.open(source, { kernels: this.#kernels, check, signal: attempt.signal, onProgress });
      if (attempt.signal.aborted) return engine.close();
      this.engine?.close();
      Object.assign(this, { engine, source });
      engine.onworkers = () => this.#tell("workers");
      this.#tell("opened");
      if (this.#wanted > 1) await this.setWorkers(this.#wanted);
    } catch (error) {
      if (!attempt.signal.aborted) this.#tell("failed", error);
    }
  }

  /**
   * Changes how many workers there are, now and for models to come.
   * @param {number} wanted
   */
  async setWorkers(wanted) {
    this.#wanted = wanted;
    try {
      await this.engine?.setWorkers(wanted);
    } catch (error) {
      if (error.name !== "AbortError") this.#tell("failed", error);
    }
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
