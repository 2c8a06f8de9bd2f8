import { bytes, count, duration, plural } from "../format.js";
import { classifyRows, countRows, inspectFile, rowsOf } from "../results/run.js";
import { announce, byId, el, setProgress, showError } from "../view/dom.js";
import { summaryView } from "../view/summary.js";
import { clearResult, showResult } from "./result.js";

const shownRows = 3;

/**
 * The part of the page where files are classified.
 * @param {import("./models.js").Models} models
 * @returns {{open: (file: File) => void}}
 */
export function filePanel(models) {
  const button = byId("classify-file");
  let file = null;
  let found = null; // what inspectFile says of it
  let total = 0; // rows, once they have been counted
  let counting = null;
  let ending = null; // of a run

  const ready = () => (button.disabled = !models.engine || !found || ending !== null);
  models.addEventListener("opened", ready);
  byId("file").addEventListener("change", ({ target }) => {
    if (target.files.length > 0) open(target.files[0]);
    target.value = "";
  });
  byId("text-field").addEventListener("change", preview);
  byId("label-field").addEventListener("change", preview);
  byId("cancel").addEventListener("click", () => ending?.abort());
  byId("file-form").addEventListener("submit", (event) => {
    event.preventDefault();
    run();
  });

  async function open(chosen) {
    ending?.abort();
    showError("file-error");
    byId("file-choices").hidden = true;
    counting?.abort();
    counting = new AbortController();
    [file, found, total] = [chosen, null, 0];
    try {
      const inspected = await inspectFile(chosen);
      if (file !== chosen) return;
      found = inspected;
      choices();
      ready();
      announce(`${file.name}: choose the field that holds the text.`);
      byId("text-field").focus();
      await tally(chosen, counting.signal);
    } catch (error) {
      if (file === chosen && error.name !== "AbortError") showError("file-error", error.message);
    }
  }

  /** Counts the rows while the user chooses, and says if some of them cannot be read. */
  async function tally(chosen, signal) {
    const { rows, bad, first } = await countRows(chosen, signal);
    total = rows;
    byId("file-facts").textContent = `${bytes(chosen.size)} · ${plural(rows, "row")} · ${plural(found.names.length, "field")}`;
    button.textContent = `Classify ${plural(rows, "row")}`;
    if (bad > 0 && !byId("skip-bad").checked) showError("file-error", `${plural(bad, "row")} cannot be read. The first: ${first}`);
  }

  function choices() {
    const option = (value, chosen) => el("option", { value, selected: value === chosen }, value);
    byId("file-name").textContent = file.name;
    byId("file-facts").textContent = `${bytes(file.size)} · ${plural(found.names.length, "field")}`;
    byId("text-field").replaceChildren(...found.names.map((name) => option(name, found.text)));
    byId("label-field").replaceChildren(el("option", { value: "" }, "none"), ...found.names.map((name) => option(name, found.label)));
    button.textContent = "Classify the file";
    byId("file-choices").hidden = false;
    preview();
  }

  function preview() {
    const [text, label] = [byId("text-field").value, byId("label-field").value];
    const show = (value) => (value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value)).slice(0, 300);
    byId("preview").replaceChildren(
      ...found.rows.slice(0, shownRows).map(({ fields }) =>
        el("li", {}, el("span", { dir: "auto" }, show(fields[text])), label !== "" && el("span", { class: "tag" }, show(fields[label]))),
      ),
    );
  }

  async function run() {
    const { engine } = models;
    if (!engine || !found || ending) return;
    ending = new AbortController();
    const { signal } = ending;
    clearResult();
    showError("file-error");
    ready();
    byId("running").hidden = false;
    byId("cancel").focus();
    const request = { file, text: byId("text-field").value, label: byId("label-field").value, skipBad: byId("skip-bad").checked };
    const name = file.name;
    const progress = runProgress(file.size, () => total);
    try {
      const results = await classifyRows(engine, rowsOf(request), { labelled: request.label !== "", signal, onProgress: progress.show });
      const seconds = progress.seconds();
      if (file?.name !== name) return; // another file has been chosen meanwhile
      showResult(summaryView(engine, results, { seconds, name }), `${plural(results.rows.length, "row")} classified in ${duration(seconds)}`);
      byId("result-title").focus();
    } catch (error) {
      if (error.name !== "AbortError") showError("run-error", error.message);
    } finally {
      ending = null;
      byId("running").hidden = true;
      ready();
    }
  }

  return { open };
}

/** Shows rows, their rate and the time left: by the number of rows where it is known, else by the bytes read. */
function runProgress(size, total) {
  const begun = performance.now();
  let spoken = begun;
  const seconds = () => (performance.now() - begun) / 1000;
  setProgress(byId("run-bar"), 0);
  byId("run-text").textContent = "Reading…";
  return {
    seconds,
    show({ rows, bytes: read, skipped }) {
      const share = total() > 0 ? Math.min(1, (rows + skipped) / total()) : Math.min(1, read / Math.max(1, size));
      const passed = seconds();
      const left = share > 0.01 && passed > 0.5 ? ` · ${duration((passed / share) * (1 - share))} left` : "";
      const rate = passed > 0.2 ? ` · ${count(Math.round(rows / passed))} rows a second` : "";
      const of = total() > 0 ? `${count(rows)} of ${plural(total(), "row")}` : plural(rows, "row");
      byId("run-text").textContent = `${of}${rate}${left}`;
      setProgress(byId("run-bar"), share);
      if (performance.now() - spoken > 10_000) {
        spoken = performance.now();
        announce(byId("run-text").textContent);
      }
    },
  };
}
