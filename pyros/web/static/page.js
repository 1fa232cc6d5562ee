// What every page does: the line, values into their places, clocks, theme, keys.

import { fill, putAll, putItems, putRow, tickAll } from "./bind.js";
import * as clock from "./clock.js";
import { clock as hms, hm } from "./formats.js";
import * as keys from "./keys.js";
import { Line } from "./live.js";
import * as theme from "./theme.js";

const own = (document.body.dataset.topics ?? "").split(" ").filter(Boolean);
export const line = new Line([...new Set(["holds", "house", "conditions", "alert/*", "kernel/tree/*", ...own])]);

/** @param {string} topic @param {string} pattern */
const matches = (topic, pattern) =>
  topic === pattern || (pattern.endsWith("*") && topic.startsWith(pattern.slice(0, -1)));

line.onState.push((topic, value) => {
  for (const box of document.querySelectorAll("[data-topic]")) {
    const data = /** @type {HTMLElement} */ (box).dataset;
    if (data.topic !== topic) continue;
    if (data.list) putAll(box, value[data.list] ?? []);
    else fill(box, value);
  }
  for (const box of document.querySelectorAll("[data-topics][data-row]")) {
    const data = /** @type {HTMLElement} */ (box).dataset;
    if (matches(topic, data.topics ?? "")) putRow(box, value);
  }
});

line.onStream.push((topic, items) => {
  for (const box of document.querySelectorAll(`[data-stream="${CSS.escape(topic)}"]`)) {
    putItems(box, items.map((item) => item.value));
  }
});

line.onLine.push((word, text) => {
  const lamp = document.getElementById("line");
  if (lamp && (lamp.dataset.state !== word || lamp.textContent !== text)) {
    lamp.dataset.state = word;
    lamp.textContent = word === "lost" || word === "ended" ? "not live" : text;
  }
  const bad = word === "lost" || word === "ended";
  document.body.dataset.line = bad ? "lost" : word;
  const banner = document.getElementById("line-lost");
  if (banner) {
    banner.hidden = !bad;
    if (bad) banner.lastElementChild.textContent = text;
  }
  for (const button of document.querySelectorAll(".orders button")) {
    /** @type {HTMLButtonElement} */ (button).disabled = bad;
  }
});

function tick() {
  const utc = document.getElementById("utc");
  if (utc) utc.textContent = hms(clock.now());
  const lst = document.getElementById("lst");
  if (lst) {
    const hours = (clock.now() - Date.parse(lst.dataset.at ?? "")) / 3.6e6;
    const degrees = Number(lst.dataset.lstDeg) + hours * 15.041067;
    lst.textContent = hm((((degrees % 360) + 360) % 360) * 240000);
  }
  tickAll();
}

theme.start();
keys.start();
tick();
setInterval(tick, 500);
