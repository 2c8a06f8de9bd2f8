/**
 * @typedef {{number: number, line: number, text: string, truth: number, given: unknown, place: number, prediction: import("../engine/engine.js").Prediction}} Result
 * number counts from 1; place and truth are places in the model's labels, truth is -1 for none of them.
 */

/** What was found for the rows of a file or the lines of a text, in their order. */
export class Results {
  /** @type {Result[]} */
  rows = [];
  labels;
  /** Whether rows may say which label is the right one. */
  labelled;
  /** Whether the user stopped before the end. */
  stopped = false;
  /** How many rows could not be read. */
  skipped = 0;

  /**
   * @param {string[]} labels of the model
   * @param {boolean} labelled
   */
  constructor(labels, labelled) {
    this.labels = labels;
    this.labelled = labelled;
  }

  /** How many rows have each label. */
  counts() {
    const counts = new Array(this.labels.length).fill(0);
    for (const row of this.rows) counts[row.place]++;
    return counts;
  }

  /**
   * How many rows of each true label (first index) were given each label (second); unknown counts the rows whose label is none
   * of the model's.
   */
  confusion() {
    const table = this.labels.map(() => new Array(this.labels.length).fill(0));
    let right = 0;
    let known = 0;
    for (const { truth, place } of this.rows) {
      if (truth < 0) continue;
      known++;
      table[truth][place]++;
      if (truth === place) right++;
    }
    return { table, right, known, unknown: this.rows.length - known };
  }

  /**
   * Counts scores in equal bins from 0 to 1, by label: [label][bin].
   * @param {number} bins
   */
  histogram(bins) {
    const counts = this.labels.map(() => new Array(bins).fill(0));
    for (const { place, prediction } of this.rows) counts[place][Math.min(bins - 1, Math.floor(prediction.score * bins))]++;
    return counts;
  }

  /**
   * Chooses and sorts rows.
   * @param {{search?: string, place?: number, wrong?: boolean, sort?: string, descending?: boolean}} wish
   * @returns {Result[]}
   */
  select({ search = "", place = -1, wrong = false, sort = "number", descending = false }) {
    const needle = search.trim().toLowerCase();
    const chosen = this.rows.filter(
      (row) =>
        (place < 0 || row.place === place) &&
        (!wrong || (row.truth >= 0 && row.truth !== row.place)) &&
        (needle === "" || row.text.toLowerCase().includes(needle)),
    );
    const key = keys[sort];
    const way = descending ? -1 : 1;
    return chosen.sort((a, b) => way * compare(key(a), key(b)) || a.number - b.number);
  }
}

const keys = {
  number: (row) => row.number,
  text: (row) => row.text,
  label: (row) => row.place,
  truth: (row) => row.truth,
  score: (row) => row.prediction.score,
  tokens: (row) => row.prediction.tokens,
};

const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
