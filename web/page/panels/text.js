import { percent, plural } from "../format.js";
import { classifyRows } from "../results/run.js";
import { announce, byId, el, showError } from "../view/dom.js";
import { singleView } from "../view/single.js";
import { summaryView } from "../view/summary.js";
import { clearResult, showResult } from "./result.js";

const examples = [
  "Two hundred hours in and I still find new corners of the map. Worth every cent.",
  "Not bad, not great: fine on sale, but the last update broke my save.",
  "Crashes on start, support is silent, refunded after an hour.",
];

/**
 * The part of the page where texts are pasted.
 * @param {import("./models.js").Models} models
 */
export function textPanel(models) {
  const text = byId("text");
  const button = byId("classify");
  const stop = byId("stop-text");
  let ending = null; // of what runs or is explained

  models.addEventListener("opened", () => (button.disabled = false));
  byId("text-form").addEventListener("submit", (event) => {
    event.preventDefault();
    run();
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      run();
    }
  });
  stop.addEventListener("click", () => ending?.abort());
  byId("examples").append(
    ...examples.map((example) =>
      el("button", { type: "button", onclick: () => {
        text.value = example;
        byId("by-line").checked = false;
        if (models.engine) run();
      } }, example),
    ),
  );

  async function run() {
    const { engine } = models;
    if (!engine) return;
    ending?.abort();
    ending = new AbortController();
    const { signal } = ending;
    clearResult();
    if (text.value.trim() === "") {
      showError("run-error", "There is no text to classify yet.");
      text.focus();
      return;
    }
    const lines = byId("by-line").checked ? linesOf(text.value) : [];
    try {
      if (lines.length > 1) await runLines(engine, lines, signal);
      else await runOne(engine, text.value.trim(), signal);
    } catch (error) {
      if (error.name !== "AbortError") showError("run-error", error.message);
    }
  }

  async function runOne(engine, value, signal) {
    announce("Classifying…");
    const answer = await engine.classify([value], { urgent: true, signal });
    if (signal.aborted) return;
    const [{ label, score }] = answer.results;
    showResult(singleView(engine, value, answer, signal), `${label}, ${percent(score)}`);
  }

  async function runLines(engine, rows, signal) {
    const begun = performance.now();
    stop.hidden = false;
    try {
      const results = await classifyRows(engine, [{ rows }], { signal, onProgress: (p) => announceAt(p.rows, rows.length) });
      const seconds = (performance.now() - begun) / 1000;
      showResult(summaryView(engine, results, { seconds, name: "reviews" }), `${plural(results.rows.length, "text")} classified`);
    } finally {
      stop.hidden = true;
    }
  }
}

/** Tells of progress ten times at most. */
function announceAt(done, all) {
  if (done % Math.max(1, Math.ceil(all / 10)) === 0) announce(`${done} of ${all}`);
}

const linesOf = (text) =>
  text.split("\n").flatMap((line, i) => (line.trim() === "" ? [] : [{ line: i + 1, text: line.trim() }]));
