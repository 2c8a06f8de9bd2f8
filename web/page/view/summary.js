import { count, duration, percent, plural } from "../format.js";
import { save, toCSV, toJSONLines } from "../results/files.js";
import { confusionTable, labelChart, scoreChart } from "./chart.js";
import { el } from "./dom.js";
import { resultTable } from "./table.js";

/**
 * Shows the results of many rows: figures, charts, downloads, the table.
 * @param {import("../engine/engine.js").Engine} engine
 * @param {import("../results/results.js").Results} results
 * @param {{seconds: number, name: string}} run
 * @returns {HTMLElement}
 */
export function summaryView(engine, results, { seconds, name }) {
  if (results.rows.length === 0) return el("p", { class: "empty" }, results.stopped ? "Stopped before the first row." : "There was no row to classify.");
  const measured = results.labelled ? results.confusion() : null;
  const tile = (title, value) => el("div", {}, el("dt", {}, title), el("dd", {}, value));
  const stem = name.replace(/(\.[a-z]+)?(\.gz)?$/i, "") || "results";
  return el(
    "div",
    {},
    results.stopped && el("p", { class: "note" }, `Stopped: these are the ${plural(results.rows.length, "row")} that were ready.`),
    results.skipped > 0 && el("p", { class: "note" }, `${plural(results.skipped, "row")} could not be read and ${results.skipped === 1 ? "was" : "were"} passed over.`),
    el(
      "dl",
      { class: "tiles" },
      tile("rows", count(results.rows.length)),
      measured && measured.known > 0 && tile("accuracy", percent(measured.right / measured.known)),
      measured && measured.known > 0 && tile("wrong", count(measured.known - measured.right)),
      tile("rows a second", count(Math.max(1, Math.round(results.rows.length / Math.max(seconds, 0.001))))),
      tile("time", seconds < 10 ? `${seconds.toFixed(1)} s` : duration(seconds)),
    ),
    el("div", { class: "figures" }, labelChart(results), scoreChart(results), measured && measured.known > 0 && confusionTable(results)),
    measured && measured.known === 0 && el("p", { class: "note" }, "No row’s label is one of the model’s, so nothing is measured."),
    el(
      "div",
      { class: "downloads" },
      el("button", { type: "button", id: "save-csv", onclick: () => save(toCSV(results), `${stem}.labels.csv`) }, "Download CSV"),
      el("button", { type: "button", id: "save-jsonl", onclick: () => save(toJSONLines(results), `${stem}.labels.jsonl`) }, "Download JSON lines"),
    ),
    resultTable(engine, results),
  );
}
