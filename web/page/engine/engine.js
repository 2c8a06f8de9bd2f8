import { InputError } from "../errors.js";
import { Remote } from "../remote.js";

/**
 * @typedef {import("./source.js").ServedModel} ServedModel
 * @typedef {{label: string, score: number, scores: Record<string, number>, logits: number[], tokens: number, truncated: boolean}} Prediction
 */

/**
 * A model that has been opened in one or more workers, each with weights of its own. Calls go to whichever is free; urgent ones
 * overtake the others. A worker whose program broke down is replaced.
 */
export class Engine {
  #source;
  #options;
  #compiled = null;
  #workers = new Set();
  #starting = 0;
  #queue = [];
  #wanted = 1;
  #closed = false;

  /** What the program says of the model: labels, parameters, ... */
  facts = null;
  /** The kernels in use: "relaxed", "simd128" or "generic". */
  kernels = "";
  /** Whether the model came from an earlier visit. */
  kept = false;
  /** Called when the number of workers changes. */
  onworkers = () => {};

  /** Use Engine.open. */
  constructor(source, options) {
    this.#source = source;
    this.#options = options;
  }

  /**
   * Starts a worker, loads the model into it and opens it.
   * @param {ServedModel | File} source
   * @param {{kernels?: string, check?: boolean, maxTokens?: number, signal?: AbortSignal, onProgress?: (p: {done: number, bytes: number, kept: boolean, opening?: boolean}) => void}} [options]
   * @returns {Promise<Engine>}
   */
  static async open(source, options = {}) {
    const engine = new Engine(source, options);
    try {
      await engine.#start(options.onProgress, options.check ?? false, options.signal);
    } catch (error) {
      engine.close();
      throw error;
    }
    return engine;
  }

  /** How many workers are ready. */
  get workers() {
    return this.#workers.size;
  }

  /** The bytes of memory that all workers take. */
  get memory() {
    return [...this.#workers].reduce((sum, worker) => sum + worker.memory, 0);
  }

  /** Starts one worker. */
  async #start(onProgress = () => {}, check = false, signal = undefined) {
    this.#starting++;
    const remote = new Remote(new URL("worker.js", import.meta.url), ({ progress }) => onProgress(progress));
    const stop = () => remote.close();
    signal?.addEventListener("abort", stop);
    try {
      if (signal?.aborted) stop();
      const { kernels, maxTokens } = this.#options;
      const started = await remote.call("start", { source: this.#source, compiled: this.#compiled, kernels, check, maxTokens });
      if (this.#closed) throw new DOMException("closed", "AbortError");
      this.#compiled = started.compiled;
      if (!this.facts) {
        this.facts = started.facts;
        this.kept = started.kept;
      }
      this.kernels = started.kernels;
      this.#workers.add({ remote, busy: false, memory: started.memory });
    } catch (error) {
      remote.close();
      throw error;
    } finally {
      this.#starting--;
      signal?.removeEventListener("abort", stop);
    }
    this.onworkers();
    this.#dispatch();
  }

  /**
   * Changes the number of workers; those that are too many end when they have answered.
   * @param {number} wanted at least 1
   */
  async setWorkers(wanted) {
    this.#wanted = wanted;
    this.#trim();
    const missing = wanted - this.#workers.size - this.#starting;
    await Promise.all(Array.from({ length: Math.max(0, missing) }, () => this.#start()));
  }

  #trim() {
    for (const worker of this.#workers) {
      if (this.#workers.size <= this.#wanted) break;
      if (!worker.busy) this.#remove(worker);
    }
    this.onworkers();
  }

  #remove(worker) {
    this.#workers.delete(worker);
    worker.remote.close(closed());
  }

  /**
   * Classifies texts in one call of the program, which cannot be stopped once it has begun.
   * @param {string[]} texts
   * @param {{urgent?: boolean, signal?: AbortSignal}} [options]
   * @returns {Promise<{results: Prediction[], ms: number}>}
   */
  classify(texts, options = {}) {
    return this.#call("classify", { texts }, options);
  }

  /**
   * Says what each word of a text does to the score of a label, the predicted one unless told.
   * @param {string} text
   * @param {{label?: string, signal?: AbortSignal}} [options]
   * @returns {Promise<{label: string, score: number, words: {text: string, start: number, end: number, effect: number}[]}>}
   */
  explain(text, { label, signal } = {}) {
    return this.#call("explain", { text, label }, { urgent: true, signal });
  }

  #call(call, argument, { urgent = false, signal }) {
    if (this.#closed) return Promise.reject(closed());
    return new Promise((resolve, reject) => {
      const job = { call, argument, resolve, reject, signal };
      if (urgent) this.#queue.unshift(job);
      else this.#queue.push(job);
      this.#dispatch();
      if (this.#workers.size + this.#starting === 0) this.#revive();
    });
  }

  #dispatch() {
    for (const worker of this.#workers) {
      if (worker.busy) continue;
      const job = this.#next();
      if (!job) return;
      this.#run(worker, job);
    }
  }

  /** Takes the next job that is still wanted. */
  #next() {
    while (this.#queue.length > 0) {
      const job = this.#queue.shift();
      if (!job.signal?.aborted) return job;
      job.reject(new DOMException("stopped", "AbortError"));
    }
    return null;
  }

  async #run(worker, job) {
    worker.busy = true;
    try {
      const result = await worker.remote.call(job.call, job.argument);
      worker.memory = result.memory ?? worker.memory;
      job.resolve(result);
    } catch (error) {
      job.reject(error);
      if (error.kind !== "input" && error.kind !== "limit") return this.#replace(worker);
    } finally {
      worker.busy = false;
    }
    this.#trim();
    this.#dispatch();
  }

  /** Puts a new worker in the place of one that broke down. */
  async #replace(worker) {
    this.#remove(worker);
    this.onworkers();
    if (!this.#closed) await this.#revive();
  }

  /** Starts a worker; when there is none at all, what waits for one fails. */
  async #revive() {
    try {
      await this.#start();
    } catch (error) {
      if (this.#workers.size + this.#starting > 0) return;
      for (const job of this.#queue.splice(0)) job.reject(error);
    }
  }

  /** Ends all workers; what they have not answered fails. */
  close() {
    this.#closed = true;
    for (const worker of this.#workers) this.#remove(worker);
    for (const job of this.#queue.splice(0)) job.reject(closed());
  }
}

/** The error of what is asked of a model that has been closed. */
const closed = () => new InputError("another model has been opened since");
