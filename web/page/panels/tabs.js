import { byId } from "../view/dom.js";

/** Lets the tabs change what is shown: by click, or by the arrow keys. */
export function tabs() {
  const all = [byId("tab-text"), byId("tab-file")];
  all.forEach((tab, i) => {
    tab.addEventListener("click", () => select(tab));
    tab.addEventListener("keydown", (event) => {
      const to = { ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: all.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      const tab = all[(to + all.length) % all.length];
      select(tab);
      tab.focus();
    });
  });
}

/** Shows the panel of a tab. */
export function select(tab) {
  for (const other of tab.parentElement.children) {
    const chosen = other === tab;
    other.setAttribute("aria-selected", String(chosen));
    other.tabIndex = chosen ? 0 : -1;
    byId(other.getAttribute("aria-controls")).hidden = !chosen;
  }
}
