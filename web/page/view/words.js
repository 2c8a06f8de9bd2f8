import { el } from "./dom.js";
import { points } from "../format.js";

const faintest = 0.01; // an effect below this, or below a twentieth of the strongest, is drawn as none

/**
 * Shows a text with the effect of its words: as colour and underline, and as a table for whoever cannot see those.
 * @param {string} text
 * @param {{label: string, score: number, words: {text: string, start: number, end: number, effect: number}[]}} explanation
 * @returns {DocumentFragment}
 */
export function wordsView(text, { label, words }) {
  const strongest = Math.max(0.05, ...words.map((word) => Math.abs(word.effect)));
  const paragraph = el("p", { class: "words", dir: "auto" });
  let at = 0;
  for (const word of words) {
    paragraph.append(text.slice(at, word.start), wordSpan(text.slice(word.start, word.end), word.effect, strongest));
    at = word.end;
  }
  paragraph.append(text.slice(at));
  const fragment = new DocumentFragment();
  fragment.append(legend(label), paragraph, wordTable(words, label));
  return fragment;
}

function wordSpan(text, effect, strongest) {
  if (Math.abs(effect) < Math.max(faintest, strongest / 20)) return el("span", {}, text);
  const strength = Math.min(1, Math.abs(effect) / strongest).toFixed(3);
  return el("span", { class: effect > 0 ? "for" : "against", "--strength": strength, title: `${points(effect)} points` }, text);
}

function legend(label) {
  return el(
    "p",
    { class: "legend" },
    el("span", {}, el("span", { class: "swatch for" }, "speaks for"), ` ${label}`),
    el("span", {}, el("span", { class: "swatch against" }, "speaks against"), ` ${label}`),
    el("span", {}, "a word’s effect: what the score loses without it"),
  );
}

function wordTable(words, label) {
  const rows = [...words].sort((a, b) => Math.abs(b.effect) - Math.abs(a.effect)).slice(0, 50);
  return el(
    "details",
    {},
    el("summary", {}, "Words by effect"),
    el(
      "table",
      {},
      el("caption", { class: "unseen" }, `Words and their effect on the score of ${label}, in points of a hundred; the strongest first`),
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "word"), el("th", { scope: "col", class: "number" }, `effect on ${label}, points`))),
      el("tbody", {}, ...rows.map((word) => el("tr", {}, el("td", {}, word.text), el("td", { class: "number" }, points(word.effect))))),
    ),
  );
}
