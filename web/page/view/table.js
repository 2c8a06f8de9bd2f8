import { count, percent } from "../format.js";
import { el } from "./dom.js";
import { explainInto } from "./single.js";

const pageRows = 25;
let tables = 0;

/**
 * A table of results that can be searched, filtered, sorted and paged; every row can be explained.
 * @param {import("../engine/engine.js").Engine} engine
 * @param {import("../results/results.js").Results} results
 * @returns {HTMLElement}
 */
export function resultTable(engine, results) {
  const id = `table-${++tables}`;
  const wish = { search: "", place: -1, wrong: false, sort: "number", descending: false };
  let page = 0;
  const columns = [
    { key: "number", name: "row", class: "c-number" },
    { key: "text", name: "text" },
    { key: "label", name: "label", class: "c-label" },
    { key: "score", name: "score", class: "c-score" },
  ];
  const headers = columns.map(({ key, name, class: kind }) =>
    el("th", { scope: "col", role: "columnheader", class: kind }, el("button", { type: "button", class: "sorter", onclick: () => sortBy(key) }, name)),
  );
  const body = el("tbody", { role: "rowgroup" });
  const shown = el("span", { role: "status" });
  const turn = (by) => () => {
    page += by;
    draw();
  };
  const previous = el("button", { type: "button", onclick: turn(-1) }, "Previous");
  const next = el("button", { type: "button", onclick: turn(1) }, "Next");

  const change = (part) => {
    Object.assign(wish, part);
    page = 0;
    draw();
  };
  const sortBy = (key) => change({ sort: key, descending: wish.sort === key ? !wish.descending : key === "score" });

  function draw() {
    const rows = results.select(wish);
    page = Math.max(0, Math.min(page, Math.ceil(rows.length / pageRows) - 1));
    const first = page * pageRows;
    const part = rows.slice(first, first + pageRows);
    body.replaceChildren(...part.map((row) => rowView(engine, results, row)));
    if (part.length === 0) body.append(el("tr", {}, el("td", { colspan: "5", class: "empty" }, "No row is like that.")));
    columns.forEach(({ key }, i) => {
      const way = wish.descending ? "descending" : "ascending";
      headers[i].setAttribute("aria-sort", wish.sort === key ? way : "none");
    });
    shown.textContent = part.length === 0 ? "" : `${count(first + 1)}–${count(first + part.length)} of ${count(rows.length)}`;
    previous.disabled = page === 0;
    next.disabled = first + pageRows >= rows.length;
  }

  const view = el(
    "div",
    {},
    toolbar(results, columns, wish, change, id),
    el(
      "table",
      { class: "results", id, role: "table" },
      el("caption", { class: "unseen" }, "Results"),
      el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, ...headers, el("th", { scope: "col", class: "c-explain" }, el("span", { class: "unseen" }, "explain")))),
      body,
    ),
    el("div", { class: "pager" }, shown, el("span", {}, previous, " ", next)),
  );
  draw();
  return view;
}

function toolbar(results, columns, wish, change, id) {
  const option = (value, name) => el("option", { value }, name);
  const wrong = results.labelled && el("label", { class: "check" }, el("input", { type: "checkbox", onchange: (e) => change({ wrong: e.target.checked }) }), "wrong ones only");
  return el(
    "div",
    { class: "toolbar", role: "group", "aria-label": "Rows to show" },
    el("input", { type: "search", placeholder: "Search the texts", "aria-label": "Search the texts", "aria-controls": id, oninput: (e) => change({ search: e.target.value }) }),
    el(
      "select",
      { "aria-label": "Label", "aria-controls": id, onchange: (e) => change({ place: Number(e.target.value) }) },
      option(-1, "all labels"),
      ...results.labels.map((name, i) => option(i, name)),
    ),
    el(
      "select",
      { class: "phone", "aria-label": "Order", "aria-controls": id, onchange: (e) => change({ sort: e.target.value, descending: e.target.value === "score" }) },
      ...columns.map(({ key, name }) => option(key, `by ${name}`)),
    ),
    wrong,
  );
}

function rowView(engine, results, row) {
  const { prediction: p } = row;
  const isWrong = row.truth >= 0 && row.truth !== row.place;
  const place = el("td", { colspan: "5", role: "cell" });
  const detail = el("tr", { class: "explanation", role: "row", hidden: true }, place);
  let ending = null;
  const button = el("button", { type: "button", class: "explain", "aria-expanded": "false", "aria-label": `Explain row ${row.number}`, onclick: toggle }, "Explain");
  const line = el(
    "tr",
    { role: "row" },
    el("td", { class: "number-cell", role: "cell" }, count(row.number)),
    el("td", { class: "text", role: "cell" }, el("div", { dir: "auto" }, row.text)),
    el("td", { role: "cell", class: isWrong && "wrong" }, p.label, isWrong && el("span", { class: "note" }, el("br"), `labelled ${results.labels[row.truth]}`)),
    el("td", { role: "cell" }, percent(p.score)),
    el("td", { class: "explain-cell", role: "cell" }, button),
  );
  function toggle() {
    const open = detail.hidden;
    detail.hidden = !open;
    line.classList.toggle("opened", open);
    button.setAttribute("aria-expanded", String(open));
    ending?.abort();
    if (!open) return;
    ending = new AbortController();
    explainInto(place, engine, row.text, ending.signal);
  }
  const fragment = new DocumentFragment();
  fragment.append(line, detail);
  return fragment;
}
