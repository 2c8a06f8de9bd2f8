import { InputError } from "../errors.js";
import { limits } from "./limits.js";

const space = /\s/;
const significant = /["[\]{},:\n]/g;
const inString = /["\\\n]/g;

/**
 * Cuts the elements of one array of rows out of a JSON document, piece by piece. The array is the document itself, or the first
 * array of objects found inside its outer objects, as in Steam's answers ({"reviews": [...]}).
 */
export class DocumentParser {
  #limits;
  #depth = 0; // of brackets around the place at hand
  #rows = -1; // the depth of the array of rows, once found
  #element = null; // the text of the element at hand, null between elements
  #elementLine = 0;
  #string = false;
  #escaped = false;
  #line = 1;
  #begun = false;
  #ended = false;
  #found = false; // the array of rows has been found
  #comma = false; // the last element was followed by a comma

  /** @param {{row: number, depth: number}} [bounds] */
  constructor(bounds = limits) {
    this.#limits = bounds;
  }

  /**
   * Takes the next piece.
   * @param {string} piece
   * @returns {{line: number, text: string}[]} the elements that end in it
   */
  push(piece) {
    const found = [];
    let at = 0; // the next character to look at
    let from = 0; // where the part of the element begins that has not been kept yet
    const keep = (to) => {
      if (this.#element === null) return;
      this.#element += piece.slice(from, to);
      from = to;
      if (this.#element.length > this.#limits.row) this.#fail(this.#elementLine, `a row of more than ${this.#limits.row} characters`);
    };
    while (at < piece.length) {
      if (this.#escaped) {
        this.#escaped = false;
        at++;
        continue;
      }
      const pattern = this.#string ? inString : significant;
      if (!this.#begun || this.#ended || (this.#element === null && this.#depth === this.#rows)) {
        // Between elements every character counts: a number or a word may begin one.
        while (at < piece.length && space.test(piece[at])) if (piece[at++] === "\n") this.#line++;
        if (at === piece.length) break;
        if (this.#begin(piece[at])) {
          this.#element = "";
          this.#elementLine = this.#line;
          from = at;
        }
      }
      pattern.lastIndex = at;
      const match = pattern.exec(piece);
      if (!match) break;
      at = match.index + 1;
      const c = match[0];
      if (c === "\n") this.#line++;
      else if (this.#string) {
        if (c === "\\") this.#escaped = true;
        else this.#string = false;
      } else if (c === '"') this.#string = true;
      else if (c === "[" || c === "{") {
        if (++this.#depth > this.#limits.depth) this.#fail(this.#line, `more than ${this.#limits.depth} levels of brackets`);
        if (c === "[" && !this.#found) {
          this.#found = true;
          this.#rows = this.#depth;
        }
      } else if ((c === "]" || c === "," || c === "}") && this.#depth === this.#rows && this.#element !== null) {
        keep(match.index);
        found.push({ line: this.#elementLine, text: this.#element.trim() });
        this.#element = null;
        this.#comma = c === ",";
        if (!this.#comma) this.#close();
      } else if (c === "]" || c === "}") this.#close();
    }
    keep(piece.length);
    return found;
  }

  /** Takes the end of the text. */
  end() {
    if (!this.#begun) this.#fail(1, "the file is empty");
    if (this.#depth > 0 || this.#string) this.#fail(this.#line, "the file ends in the middle of its JSON");
    if (!this.#found) this.#fail(1, "no array of rows in it");
  }

  /** Looks at the first character of the document or of what stands between rows; returns whether a row begins with it. */
  #begin(c) {
    if (this.#ended) this.#fail(this.#line, "more text behind the end of the JSON");
    if (!this.#begun) {
      if (c !== "[" && c !== "{") this.#fail(this.#line, `want a JSON array or object, got "${c}"`);
      this.#begun = true;
      return false;
    }
    if (c === "," || (c === "]" && this.#comma)) this.#fail(this.#line, "a comma too many");
    return c !== "]";
  }

  #close() {
    if (--this.#depth < this.#rows) this.#rows = Infinity; // one array of rows, and no other
    if (this.#depth === 0) this.#ended = true;
  }

  #fail(line, message) {
    throw Object.assign(new InputError(message), { line });
  }
}
