/** The fields that are looked for when nobody names one, in this order. */
export const textFields = ["text", "review", "reviews", "sentence"];
export const labelFields = ["label", "voted_up"];

/**
 * Finds the first of the wanted names among those of a file; letter case counts only where two differ in nothing else.
 * @param {string[]} names
 * @param {string[]} wanted
 * @returns {string} "" when there is none
 */
export function findField(names, wanted) {
  for (const want of wanted) {
    if (names.includes(want)) return want;
    const alike = names.filter((name) => name.toLowerCase() === want);
    if (alike.length === 1) return alike[0];
  }
  return "";
}

/**
 * Guesses which field holds the texts where no name tells: the one whose values are longest.
 * @param {string[]} names
 * @param {Record<string, unknown>[]} rows the first rows
 * @returns {string}
 */
export function longestField(names, rows) {
  let best = "";
  let most = -1;
  for (const name of names) {
    const texts = rows.map((row) => row[name]).filter((value) => typeof value === "string");
    const length = texts.reduce((sum, value) => sum + value.length, 0);
    if (length > most && texts.length > 0) [best, most] = [name, length];
  }
  return best;
}

/**
 * Maps what a file says of a row's class to the classes of a model, by the rule that lorica's commands follow: a class of this
 * name; a whole number that is a class's place, unless classes are named by numbers; a name that differs from one class's in
 * letter case only; and where there are two classes, true and false.
 */
export class Labels {
  #names;
  #numerals;

  /** @param {string[]} names in the order of the model */
  constructor(names) {
    this.#names = names;
    this.#numerals = names.some((name) => wholeNumber(name) !== null);
  }

  /**
   * @param {unknown} value
   * @returns {number} the class's place, -1 for none of them
   */
  place(value) {
    if (!["string", "number", "boolean"].includes(typeof value)) return -1;
    const name = String(value).trim();
    const exact = this.#names.indexOf(name);
    if (exact >= 0) return exact;
    const number = wholeNumber(name);
    if (number !== null) {
      const named = this.#names.indexOf(String(number));
      if (named >= 0) return named;
      if (number >= 0 && number < this.#names.length && !this.#numerals) return number;
    }
    const low = name.toLowerCase();
    const alike = this.#names.flatMap((other, place) => (other.toLowerCase() === low ? [place] : []));
    if (alike.length === 1) return alike[0];
    if (this.#names.length === 2 && (low === "true" || low === "false")) return low === "true" ? 1 : 0;
    return -1;
  }
}

/** Reads 1, "1" and "1.0" as 1; null for what is no whole number. */
function wholeNumber(name) {
  return /^[+-]?\d{1,15}(\.0+)?$/.test(name) ? Number(name) : null;
}
