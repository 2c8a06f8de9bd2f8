import { forget } from "../engine/store.js";
import { amount, bytes, count, percent, plural } from "../format.js";
import { announce, byId, el, setProgress, showError } from "../view/dom.js";

const kernelNames = {
  relaxed: "relaxed SIMD",
  simd128: "SIMD, 128 bits",
  generic: "none: this browser has no SIMD, which costs much speed",
};

/**
 * The part of the page that shows and changes the model.
 * @param {import("./models.js").Models} models
 * @param {import("../engine/source.js").ServedModel | null} served
 */
export function modelPanel(models, served) {
  let opening = "";
  models.addEventListener("opening", ({ detail }) => {
    opening = detail.name;
    byId("loading").hidden = byId("model-none").hidden = true;
    byId("loading").hidden = false;
    byId("loading-text").textContent = `Opening ${opening}…`;
    setProgress(byId("loading-bar"), null);
    showError("model-error");
    if (!models.engine) byId("model-name").textContent = opening;
  });
  models.addEventListener("progress", ({ detail: { done, bytes: all, kept, opening: last } }) => {
    const from = kept ? "Reading what is kept here" : "Loading";
    byId("loading-text").textContent = last ? `Opening ${opening}…` : `${from}: ${bytes(done)} of ${bytes(all)}`;
    setProgress(byId("loading-bar"), last ? null : done / all);
  });
  models.addEventListener("opened", () => {
    byId("loading").hidden = true;
    show(models, served);
    announce(`The model ${nameOf(models)} is ready.`);
  });
  models.addEventListener("failed", ({ detail: error }) => {
    byId("loading").hidden = true;
    const rest = models.engine ? ` The page goes on with ${nameOf(models)}.` : "";
    showError("model-error", `${opening}: ${error.message}.${rest}`);
    if (!models.engine) byId("model-name").textContent = "none";
  });
  models.addEventListener("workers", () => showWorkers(models));

  const workers = byId("workers");
  const most = Math.max(1, Math.min(8, navigator.hardwareConcurrency || 1));
  workers.append(...Array.from({ length: most }, (_, i) => el("option", { value: i + 1 }, String(i + 1))));
  workers.addEventListener("change", () => models.setWorkers(Number(workers.value)));
  byId("bundle").addEventListener("change", ({ target }) => {
    if (target.files.length > 0) models.open(target.files[0]);
    target.value = ""; // so that the same file can be chosen again
  });
  byId("served").addEventListener("click", () => models.open(served));
  byId("forget").addEventListener("click", () => removeKept());
}

const nameOf = ({ source }) => source.name.replace(/\.safetensors$/, "");

/** Shows the facts of the opened model. */
function show(models, served) {
  const { engine, source } = models;
  const f = engine.facts;
  byId("model-name").textContent = nameOf(models);
  byId("model-facts").textContent = `· ${f.labels.length > 4 ? plural(f.labels.length, "label") : f.labels.join(", ")} · ${amount(f.parameters)} parameters`;
  const facts = [
    ["Labels", f.labels.join(", ")],
    ["Architecture", f.modelType],
    ["Parameters", count(f.parameters)],
    ["File", `${bytes(f.bytes)}, ${f.dtype}${engine.kept ? ", kept here since an earlier visit" : ""}`],
    ["Cuts texts after", plural(f.maxTokens, "token")],
    ["Kernels", kernelNames[engine.kernels] ?? engine.kernels],
    ...provenance(f.provenance),
    ...(f.probes === undefined ? [] : [["Check", `computes what its maker did: no logit differs by more than ${f.probes.toPrecision(2)}`]]),
  ];
  byId("model-table").replaceChildren(...facts.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
  byId("served").hidden = !served || source === served;
  byId("forget").hidden = !served;
  showWorkers(models);
}

/** What a bundle says of its making. */
function provenance(p) {
  if (!p) return [];
  const accuracy = p.metrics?.accuracy ?? p.metrics?.eval_accuracy;
  return [
    ...(p.base ? [["Made from", p.base]] : []),
    ...(p.rows ? [["Trained on", plural(p.rows, "row")]] : []),
    ...(typeof accuracy === "number" ? [["Accuracy then", percent(accuracy)]] : []),
  ];
}

function showWorkers({ engine }) {
  if (!engine || engine.workers === 0) return;
  const each = engine.memory / engine.workers;
  byId("workers-note").textContent =
    engine.workers === 1 ? `takes ${bytes(each)} of memory; each further one as much again` : `each has weights of its own: together ${bytes(engine.memory)} of memory`;
}

/** Removes the model and the page that are kept for visits without the server. */
async function removeKept() {
  await forget();
  for (const name of await caches?.keys() ?? []) if (name.startsWith("lorica-")) await caches.delete(name);
  for (const worker of (await navigator.serviceWorker?.getRegistrations()) ?? []) await worker.unregister();
  byId("offline").textContent = "Nothing is kept on this machine any more; the next visit needs the server.";
  announce("What was kept here has been removed.");
  byId("forget").hidden = true;
  byId("bundle").focus();
}
