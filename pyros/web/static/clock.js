// The observatory's clock, as the last frame told it; it runs on by its factor.

let sentMs = Date.parse(document.body.dataset.now ?? "") || Date.now();
let factor = Number(document.body.dataset.factor) || 1;
let heardMs = performance.now();

/** @param {string} sent @param {number} times */
export function set(sent, times) {
  sentMs = Date.parse(sent);
  factor = times;
  heardMs = performance.now();
}

/** @returns {number} observatory time, milliseconds since 1970 */
export const now = () => sentMs + (performance.now() - heardMs) * factor;

/** @returns {number} how many observatory seconds pass in a real one */
export const speed = () => factor;
