import { el, showError } from "./dom.js";
import { count, duration, percent } from "../format.js";
import { wordsView } from "./words.js";

const patience = 3; // seconds that an explanation may take without being asked for
const mostSpans = 128; // how many parts of a text the program tells apart

/**
 * Shows what was found for one text.
 * @param {import("../engine/engine.js").Engine} engine
 * @param {string} text
 * @param {{results: import("../engine/engine.js").Prediction[], ms: number}} answer
 * @param {AbortSignal} signal ends an explanation that is not wanted any more
 * @returns {HTMLElement}
 */
export function singleView(engine, text, { results: [prediction], ms }, signal) {
  const body = el("div", {}, verdict(prediction), bars(prediction));
  if (prediction.truncated) {
    body.append(el("p", { class: "note" }, `The model reads ${count(prediction.tokens)} tokens; what comes after them was left out.`));
  }
  const words = el("div", { id: "words" });
  body.append(words);
  const seconds = (ms / 1000) * Math.min(mostSpans, text.trim().split(/\s+/).length);
  const explain = () => explainInto(words, engine, text, signal);
  if (seconds <= patience) explain();
  else words.append(el("p", {}, el("button", { type: "button", onclick: explain }, "Show what each word does"), el("span", { class: "note" }, ` takes about ${duration(seconds)}`)));
  return body;
}

function verdict({ label, score }) {
  return el("p", { class: "verdict" }, el("span", { class: "label" }, label), el("span", { class: "score" }, percent(score)));
}

function bars({ scores }) {
  return el(
    "dl",
    { class: "bars" },
    ...Object.entries(scores).map(([name, share]) =>
      el(
        "div",
        {},
        el("dt", {}, name),
        el("dd", { class: "bar", "aria-hidden": "true" }, el("i", { "--share": share })),
        el("dd", {}, percent(share)),
      ),
    ),
  );
}

/**
 * Asks for the effect of a text's words and shows them.
 * @param {HTMLElement} place
 */
export async function explainInto(place, engine, text, signal) {
  place.replaceChildren(el("p", { class: "note" }, "Leaving out one word after another…"));
  try {
    const explanation = await engine.explain(text, { signal });
    if (signal?.aborted) return;
    const parts = explanation.words.length > 0 ? wordsView(text, explanation) : el("p", { class: "note" }, "There is no word in this text.");
    place.replaceChildren(parts);
  } catch (error) {
    if (error.name === "AbortError") return;
    place.replaceChildren();
    showError("run-error", error.message);
  }
}
