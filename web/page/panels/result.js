import { announce, byId, showError } from "../view/dom.js";

/**
 * Shows a result, and tells those who listen.
 * @param {Node} view
 * @param {string} message
 */
export function showResult(view, message) {
  showError("run-error");
  byId("result-body").replaceChildren(view);
  byId("result").hidden = false;
  announce(message);
}

/** Hides the last result, when another one is on its way. */
export function clearResult() {
  showError("run-error");
  byId("result").hidden = true;
  byId("result-body").replaceChildren();
}
