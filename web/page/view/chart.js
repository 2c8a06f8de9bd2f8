import { count, percent } from "../format.js";
import { el, svg } from "./dom.js";

const width = 320;
const series = (i) => `series-${(i % 4) + 1}`;

/**
 * Draws how many rows have each label.
 * @param {import("../results/results.js").Results} results
 * @returns {HTMLElement}
 */
export function labelChart(results) {
  const counts = results.counts();
  const total = results.rows.length;
  const order = counts.map((n, i) => i);
  if (order.length > 8) order.sort((a, b) => counts[b] - counts[a]);
  const shown = order.slice(0, 12);
  const most = Math.max(1, ...counts);
  const step = 42;
  const text = shown.map((i) => `${results.labels[i]} ${count(counts[i])}, ${percent(counts[i] / total)}`).join("; ");
  const picture = drawing(shown.length * step - 8, "Rows by label", text);
  shown.forEach((i, row) => {
    const y = row * step;
    picture.append(
      svg("text", { x: 0, y: y + 11 }, shorten(results.labels[i])),
      svg("text", { x: width, y: y + 11, "text-anchor": "end", class: "muted" }, `${count(counts[i])} · ${percent(counts[i] / total)}`),
      svg("rect", { x: 0, y: y + 18, width, height: 10, rx: 3, class: "axis", fill: "none" }),
      svg("rect", { x: 0, y: y + 18, width: (width * counts[i]) / most, height: 10, rx: 3, class: series(i) }),
    );
  });
  const rest = order.length > shown.length ? `the ${shown.length} most frequent of ${order.length}` : "";
  return figure("Labels", rest, picture);
}

/**
 * Draws how sure the model was: rows by score, in bins, the labels on top of each other.
 * @param {import("../results/results.js").Results} results
 * @returns {HTMLElement}
 */
export function scoreChart(results) {
  const bins = 20;
  const counts = results.histogram(bins);
  const totals = Array.from({ length: bins }, (_, b) => counts.reduce((sum, of) => sum + of[b], 0));
  const first = Math.max(0, Math.min(totals.findIndex((n) => n > 0), Math.floor(bins / results.labels.length)));
  const most = Math.max(1, ...totals);
  const height = 110;
  const step = width / (bins - first);
  const sure = results.rows.filter((row) => row.prediction.score >= 0.9).length;
  const picture = drawing(height + 20, "Rows by score", `${count(sure)} of ${count(results.rows.length)} rows have a score of 90 % or more`);
  for (let b = first; b < bins; b++) {
    let y = height;
    counts.forEach((of, i) => {
      const tall = (height * of[b]) / most;
      y -= tall;
      if (tall > 0) picture.append(svg("rect", { x: (b - first) * step + 1, y, width: step - 2, height: tall, class: series(i) }));
    });
  }
  picture.append(svg("line", { x1: 0, x2: width, y1: height + 0.5, y2: height + 0.5, class: "axis" }));
  for (const at of [first / bins, (first / bins + 1) / 2, 1]) {
    const x = ((at * bins - first) / (bins - first)) * width;
    const anchor = x === 0 ? "start" : x >= width ? "end" : "middle";
    picture.append(svg("text", { x, y: height + 16, "text-anchor": anchor, class: "muted" }, `${(100 * at).toFixed(0)} %`));
  }
  return figure("Scores", `${percent(sure / Math.max(1, results.rows.length))} of the rows have 90 % or more`, picture);
}

function drawing(height, title, description) {
  return svg(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${title}: ${description}` },
  );
}

function figure(title, note, picture) {
  return el("figure", {}, el("figcaption", {}, title, note !== "" && el("small", {}, note)), picture);
}

const shorten = (name) => (name.length > 26 ? `${name.slice(0, 25)}…` : name);

/**
 * Shows which labels rows have and which they were given.
 * @param {import("../results/results.js").Results} results
 * @returns {HTMLElement}
 */
export function confusionTable(results) {
  const { table, known, unknown } = results.confusion();
  const notes = unknown > 0 ? `${count(unknown)} rows are left out: their label is none of the model’s` : `${count(known)} rows; in a line those of one true label`;
  return el(
    "figure",
    {},
    el("figcaption", {}, "Confusion", el("small", {}, notes)),
    el(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": "Confusion table" },
      el(
        "table",
        { class: "confusion" },
        el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "true"), ...results.labels.map((name) => el("th", { scope: "col" }, `→ ${name}`)))),
        el(
          "tbody",
          {},
          ...table.map((row, i) => el("tr", {}, el("th", { scope: "row" }, results.labels[i]), ...row.map((n, j) => el("td", { class: i === j && "right" }, count(n))))),
        ),
      ),
    ),
  );
}
