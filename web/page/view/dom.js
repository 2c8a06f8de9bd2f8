/**
 * Makes an element. Text is always set as text, never parsed.
 * @param {string} tag
 * @param {Record<string, unknown>} [attributes] a name that begins with "on" is a listener; false and null leave one out
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {HTMLElement}
 */
export function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** Makes an element of SVG; see el. */
export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name.startsWith("--")) element.style.setProperty(name, value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Finds an element by its id. */
export const byId = (id) => document.getElementById(id);

/** Shows a one-line message in an element with role alert, or hides that without one. */
export function showError(id, message = "") {
  const place = byId(id);
  place.hidden = message === "";
  place.textContent = message;
}

/** Tells those who listen what has happened. */
export function announce(message) {
  byId("status").textContent = message;
}

/** Shows how far something is: a share, or null where nobody knows. */
export function setProgress(bar, share) {
  if (share === null) bar.removeAttribute("value");
  else bar.value = Math.min(1, share);
}
