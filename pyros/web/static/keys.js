// Keys: 1 2 3 the themes, g and a letter a page.  No key alone moves hardware.

import { THEMES, wear } from "./theme.js";

let goes = 0;

/** @param {KeyboardEvent} event */
function pressed(event) {
  const target = /** @type {HTMLElement} */ (event.target);
  if (event.ctrlKey || event.altKey || event.metaKey || /INPUT|SELECT|TEXTAREA/.test(target.tagName)) return;
  if (event.timeStamp - goes < 1500) {
    const link = document.querySelector(`[data-key-to="${CSS.escape(event.key)}"]`);
    goes = 0;
    if (link) return void /** @type {HTMLElement} */ (link).click();
  }
  if (event.key === "g") goes = event.timeStamp;
  const theme = THEMES[Number(event.key) - 1];
  if (theme) wear(theme);
}

export const start = () => addEventListener("keydown", pressed);
