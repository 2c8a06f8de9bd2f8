import { InputError } from "../errors.js";
import { limits } from "./limits.js";

const quote = '"';

/**
 * Cuts the text of a table into rows, piece by piece: quoted fields hold separators, line ends and doubled quotes; a quote
 * within an unquoted field stands for itself; empty lines are no rows.
 */
export class TableParser {
  #separator;
  #limits;
  #cells = [];
  #cell = ""; // what is known of the field at hand
  #size = 0; // of the row at hand, in characters
  #quoted = false; // the field began with a quote
  #inside = false; // and that quote is still open
  #held = ""; // a last character whose meaning the next one decides
  #line = 1;
  #firstLine = 1; // of the row at hand

  /**
   * @param {string} separator "," or "\t"
   * @param {{row: number, fields: number}} [bounds]
   */
  constructor(separator, bounds = limits) {
    this.#separator = separator;
    this.#limits = bounds;
  }

  /**
   * Takes the next piece.
   * @param {string} piece
   * @returns {{line: number, cells: string[]}[]} the rows that end in it
   */
  push(piece) {
    const text = this.#held + piece;
    this.#held = "";
    const rows = [];
    let at = 0;
    while (at < text.length) {
      const end = this.#plainEnd(text, at);
      this.#append(text, at, end);
      at = end;
      if (at === text.length) break;
      const c = text[at];
      if ((c === quote || c === "\r") && at + 1 === text.length) {
        this.#held = c;
        break;
      }
      at += this.#take(c, text[at + 1], rows);
    }
    return rows;
  }

  /**
   * Takes the end of the text.
   * @returns {{line: number, cells: string[]}[]}
   */
  end() {
    const rows = [];
    if (this.#held) this.#take(this.#held, "", rows);
    this.#held = "";
    if (this.#inside) this.#fail(this.#firstLine, "a quoted field does not end");
    this.#endRow(rows);
    return rows;
  }

  /** Returns where the run of characters that mean nothing but themselves ends. */
  #plainEnd(text, at) {
    for (let i = at; i < text.length; i++) {
      const c = text[i];
      if (c === quote || (!this.#inside && (c === this.#separator || c === "\n" || c === "\r"))) return i;
    }
    return text.length;
  }

  #append(text, from, to) {
    if (from === to) return;
    const run = text.slice(from, to);
    if (this.#quoted && !this.#inside) this.#fail(this.#line, `"${run.slice(0, 20)}" behind the end of a quoted field`);
    this.#grow(run.length);
    this.#cell += run;
    if (this.#inside) this.#line += count(run, "\n");
  }

  /** Takes a character with a meaning; returns how many characters that used up. */
  #take(c, next, rows) {
    if (c === quote) {
      if (this.#inside && next === quote) {
        this.#grow(1);
        this.#cell += quote;
        return 2;
      }
      if (this.#inside) this.#inside = false;
      else if (this.#cell === "" && !this.#quoted) this.#inside = this.#quoted = true;
      else if (this.#quoted) this.#fail(this.#line, "a quote behind the end of a quoted field");
      else this.#cell += quote;
      return 1;
    }
    if (c === this.#separator) {
      this.#endCell();
      return 1;
    }
    if (c === "\r" && next !== "\n" && next !== "") {
      this.#append(c, 0, 1);
      return 1;
    }
    this.#endRow(rows);
    this.#line++;
    this.#firstLine = this.#line;
    return c === "\r" && next === "\n" ? 2 : 1;
  }

  #endCell() {
    if (this.#cells.length >= this.#limits.fields) this.#fail(this.#firstLine, `more than ${this.#limits.fields} fields`);
    this.#cells.push(this.#cell);
    this.#cell = "";
    this.#quoted = false;
  }

  #endRow(rows) {
    const empty = this.#cells.length === 0 && this.#cell === "" && !this.#quoted;
    if (!empty) {
      this.#endCell();
      rows.push({ line: this.#firstLine, cells: this.#cells });
    }
    this.#cells = [];
    this.#size = 0;
  }

  #grow(by) {
    this.#size += by;
    if (this.#size > this.#limits.row) {
      const hint = this.#inside ? " (is a quote not closed?)" : "";
      this.#fail(this.#firstLine, `a row of more than ${this.#limits.row} characters${hint}`);
    }
  }

  #fail(line, message) {
    throw Object.assign(new InputError(message), { line });
  }
}

/** Counts how often a character is in a text. */
function count(text, c) {
  let n = 0;
  for (let i = text.indexOf(c); i >= 0; i = text.indexOf(c, i + 1)) n++;
  return n;
}
