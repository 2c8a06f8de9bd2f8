// Runs before anything is drawn: colours that were chosen on an earlier visit hold from the first moment.
"use strict";
(() => {
  const key = "lorica-theme";
  const read = () => {
    try {
      return localStorage.getItem(key) ?? "auto";
    } catch {
      return "auto"; // storage is turned off
    }
  };
  const apply = (theme) => {
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
  };
  apply(read());
  addEventListener("DOMContentLoaded", () => {
    const switches = document.querySelectorAll("#theme input");
    for (const input of switches) {
      input.checked = input.value === read();
      input.addEventListener("change", () => {
        try {
          localStorage.setItem(key, input.value);
        } catch {
          // it holds for this visit
        }
        apply(input.value);
      });
    }
  });
})();
