import { byId } from "./view/dom.js";

/**
 * Lets the browser keep the page's own files, so that a later visit needs no server. The model is kept by the worker that loads
 * it.
 * @param {URL} script the service worker
 */
export async function keepPage(script) {
  if (!("serviceWorker" in navigator)) return;
  try {
    await navigator.serviceWorker.register(script, { updateViaCache: "none" });
    await navigator.serviceWorker.ready;
    byId("offline").textContent = "The page and its model are kept on this machine: it opens again without the server.";
    document.documentElement.dataset.offline = "ready";
  } catch {
    // No private file system, or no room: the page works as long as the server does.
  }
}
