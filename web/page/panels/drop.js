import { announce, byId } from "../view/dom.js";
import { select } from "./tabs.js";

/**
 * Lets files be dropped anywhere on the page: bundles become the model, others are read as rows.
 * @param {import("./models.js").Models} models
 * @param {{open: (file: File) => void}} files
 */
export function dropping(models, files) {
  const show = (on) => document.body.classList.toggle("dropping", on);
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    show(true);
  });
  addEventListener("dragleave", (event) => event.relatedTarget === null && show(false));
  addEventListener("drop", (event) => {
    show(false);
    if (!hasFiles(event)) return;
    event.preventDefault();
    const [file, ...others] = event.dataTransfer.files;
    if (!file) return;
    if (others.length > 0) announce("One file at a time: the first is taken.");
    if (/\.safetensors$/i.test(file.name)) return models.open(file);
    select(byId("tab-file"));
    files.open(file);
  });
}
