// The first page: its pictures, kept up with the house.

import { fill } from "./bind.js";
import { number } from "./formats.js";
import { line } from "./page.js";
import { Sky } from "./sky.js";
import { Strip } from "./strip.js";
import { Timeline } from "./timeline.js";

const RENEW_MS = 30000;

const sky = new Sky(/** @type {any} */ (document.getElementById("sky")));
const timeline = new Timeline(/** @type {any} */ (document.getElementById("timeline")));
/** @type {Map<string, {strip: Strip, digits: number, output: Element|null}>} */
const strips = new Map();

function take(pictures, { trend }) {
  sky.map = pictures.sky;
  timeline.data = pictures.timeline;
  for (const one of pictures.strips) {
    const box = document.querySelector(`[data-quantity="${CSS.escape(one.quantity)}"]`);
    if (!box) continue;
    if (!strips.has(one.quantity)) {
      const strip = new Strip(box.querySelector("canvas"), one.step);
      strips.set(one.quantity, { strip, digits: one.digits, output: box.querySelector("output") });
    }
    const { strip } = strips.get(one.quantity);
    strip.marks(one.bad, one.good);
    if (trend) strip.set(pictures.trend.at.map((at) => Date.parse(at)), pictures.trend.values[one.quantity]);
  }
  draw();
}

function draw() {
  sky.draw();
  timeline.draw();
}

let renewing = 0;

/** Ask for the pictures anew, once for whatever happens in the meantime. @param {number} [after] ms */
function renew(after = 500) {
  if (renewing) return;
  renewing = setTimeout(async () => {
    try {
      const answer = await fetch("/night.json");
      if (answer.ok) take((await answer.json()).pictures, { trend: false });
    } catch { /* the lamp of the line says it */ }
    renewing = 0;
  }, after);
}

line.onState.push((topic, value, at) => {
  if (topic === "conditions") conditions(value);
  if (topic === "schedule" || topic === "holds") renew();
  if (topic.startsWith("alert/")) {
    sky.alerts.set(value.name, value);
    renew();
  }
  if (value?.pointing) sky.telescope = value.pointing;
  if (value?.kind === "dome") sky.slit = value.slit_az_deg;
});

line.onStream.push((topic, items) => {
  if (topic === "executions") renew();
  if (topic === "images") renew(4000);
  if (topic === "analyses") {
    for (const { value } of items) {
      const box = document.querySelector(`[data-channel="${CSS.escape(value.channel)}"]`);
      if (box && value.preview && value.frame === "LIGHT") fill(box, value);
    }
  }
});

function conditions(value) {
  for (const [quantity, { strip, digits, output }] of strips) {
    const now = value.values[quantity] ?? null;
    strip.push(Date.parse(value.at), now);
    if (output) output.textContent = number(now, digits);
  }
}

addEventListener("resize", () => {
  for (const { strip } of strips.values()) strip.resize();
  draw();
});
addEventListener("theme", () => {
  for (const { strip } of strips.values()) strip.draw();
});

take(JSON.parse(document.getElementById("pictures").textContent), { trend: true });
setInterval(draw, 2000);
setInterval(() => renew(), RENEW_MS);
