// Puts values into elements: data-f names the field, data-as how it is shown.
// Text goes in as text only; rows are copies of <template> elements.

import * as clock from "./clock.js";
import { DASH, clock as hms, duration, stamp } from "./formats.js";

/** @param {any} value @param {string} path @returns {any} */
const field = (value, path) => path.split(".").reduce((at, name) => at?.[name], value);

/** @type {Record<string, (element: any, value: any) => void>} */
const SHOW = {
  text: (e, v) => setText(e, v === null || v === undefined ? DASH : String(v)),
  data: (e, v) => { e.dataset.state = String(v ?? "UNKNOWN"); },
  age: (e, v) => { e.dataset.at = v ?? ""; tick(e); },
  until: (e, v) => { e.dataset.at = v ?? ""; tick(e); },
  stale: (e, v) => { e.dataset.at = v ?? ""; tick(e); },
  stamp: (e, v) => setText(e, stamp(v)),
  href: (e, v) => { if (v) e.setAttribute("href", v); },
  clock: (e, v) => setText(e, hms(v)),
  show: (e, v) => { e.hidden = !v; },
  joined: (e, v) => setText(e, Array.isArray(v) ? v.join("; ") : String(v ?? "")),
  link: (e, v) => {
    e.setAttribute("href", e.dataset.prefix + encodeURIComponent(String(v ?? "")));
    if (!e.querySelector("*")) setText(e, String(v ?? DASH));
  },
  src: (e, v) => {
    e.parentElement.hidden = !v;
    if (v && e.getAttribute("src") !== v) e.setAttribute("src", v);
    const empty = e.closest("a")?.querySelector("[data-empty]");
    if (empty) empty.hidden = Boolean(v);
  },
};

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Fill an element and all below it. @param {Element} root @param {any} value */
export function fill(root, value) {
  for (const element of [root, ...root.querySelectorAll("[data-f]")]) {
    const data = /** @type {any} */ (element).dataset;
    if (data.f) (SHOW[data.as] ?? SHOW.text)(element, field(value, data.f));
  }
}

/** Renew what depends on the time. @param {any} element */
export function tick(element) {
  const at = element.dataset.at ? Date.parse(element.dataset.at) : NaN;
  const ago = (clock.now() - at) / 1000;
  if (element.dataset.as === "age") setText(element, Number.isNaN(at) ? "" : duration(Math.max(0, ago)));
  if (element.dataset.as === "until") setText(element, Number.isNaN(at) ? "" : ago > 0 ? `${duration(ago)} ago` : `in ${duration(-ago)}`);
  if (element.dataset.staleS) {
    const limit = Math.max(Number(element.dataset.staleS), 3 * clock.speed());
    element.classList.toggle("stale", ago > limit);
  }
}

export function tickAll() {
  for (const element of document.querySelectorAll("[data-at]")) tick(element);
}

/** @param {any} box @returns {Element} */
function newRow(box) {
  const template = /** @type {HTMLTemplateElement} */ (document.getElementById(box.dataset.row));
  return /** @type {Element} */ (template.content.firstElementChild.cloneNode(true));
}

/** Put one value into a list, by its key. @param {any} box @param {any} value */
export function putRow(box, value) {
  const key = String(field(value, box.dataset.key) ?? "");
  let row = [...box.children].find((one) => one.dataset.key === key);
  if (box.dataset.drop && value[box.dataset.drop]) {
    row?.remove();
    return sayEmpty(box);
  }
  if (!row) {
    row = newRow(box);
    row.dataset.key = key;
    place(box, row, key);
  }
  if (row.dataset.testid?.startsWith("device-")) row.dataset.testid = `device-${key}`;
  if (box.dataset.sort && value.depth !== undefined) row.className = `depth${value.depth}`;
  fill(row, value);
  if (value.path) row.title = value.path;
}

function place(box, row, key) {
  box.querySelector(":scope > .empty")?.remove();
  if (box.dataset.sort) {
    const after = [...box.children].find((one) => (one.dataset.key ?? "") > key);
    box.insertBefore(row, after ?? null);
  } else if (box.dataset.newest) box.prepend(row);
  else box.append(row);
}

/** Make a list show exactly these values. @param {any} box @param {any[]} values */
export function putAll(box, values) {
  const keys = new Set(values.map((value) => String(field(value, box.dataset.key))));
  for (const row of [...box.children]) if (!keys.has(row.dataset.key)) row.remove();
  for (const value of values) putRow(box, value);
  for (const key of keys) box.append([...box.children].find((row) => row.dataset.key === key));
  sayEmpty(box, "None.");
}

/** Say of a list without rows that it has none. @param {any} box @param {string} [text] */
function sayEmpty(box, text) {
  const words = box.dataset.emptyText ?? text;
  if (!words || box.children.length) return;
  const empty = document.createElement("li");
  empty.className = "empty";
  empty.textContent = words;
  box.append(empty);
}

/** Whether a list takes an item: of those that it is about, and not shown by the server. @param {any} box @param {any} value */
const isFor = (box, value) =>
  (!box.dataset.where || field(value, box.dataset.where) === box.dataset.equals) &&
  (!box.dataset.after || value.at > box.dataset.after);

/** Put items of a stream at the top of a list. @param {any} box @param {any[]} items */
export function putItems(box, items) {
  const values = items.filter((value) => isFor(box, value));
  if (box.dataset.fresh && values.length) {
    box.replaceChildren();
    delete box.dataset.fresh;
  }
  for (const value of values) {
    if (box.dataset.key) {
      box.dataset.newest = "1";
      putRow(box, value);
    } else {
      box.querySelector(":scope > .empty")?.remove();
      const row = newRow(box);
      fill(row, value);
      box.prepend(row);
    }
  }
  while (box.children.length > Number(box.dataset.max ?? 100)) box.lastElementChild.remove();
}
