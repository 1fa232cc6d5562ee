// A plan's page: its pictures, what one points at, and the plan in force kept up by push.

import { Altitudes } from "./altitudes.js";
import * as clock from "./clock.js";
import { Gantt } from "./gantt.js";
import { line } from "./page.js";

const RENEW_MS = 60000;
const DRAW_MS = 5000;

const by = (id) => document.getElementById(id);
/** Which plan the page shows, and whether it is the one in force. */
const shown = () => /** @type {any} */ (by("plan")?.dataset ?? {});
const gantt = new Gantt(by("gantt"), point);
const altitudes = new Altitudes(by("altitudes"), point);

function take() {
  const text = by("pictures")?.textContent;
  const data = text ? JSON.parse(text) : null;
  gantt.svg = by("gantt");
  altitudes.svg = by("altitudes");
  gantt.data = gantt.svg ? data : null;
  altitudes.data = altitudes.svg ? data : null;
  draw();
}

function draw() {
  gantt.draw();
  altitudes.draw();
  const now = clock.now();
  for (const row of document.querySelectorAll("[data-from][data-until]")) {
    const data = /** @type {HTMLElement} */ (row).dataset;
    const [from, until] = [Date.parse(data.from ?? ""), Date.parse(data.until ?? "")];
    data.when = now >= until ? "past" : now >= from ? "now" : "coming";
  }
}

/** Show everywhere what one points at. @param {string} key @param {string} words */
function point(key, words) {
  gantt.mark(key);
  altitudes.mark(key);
  for (const row of document.querySelectorAll("tr[data-key]")) {
    row.classList.toggle("on", /** @type {HTMLElement} */ (row).dataset.key === key);
  }
  const readout = by("readout");
  if (readout && words) readout.textContent = words;
}

function pointed(event) {
  const row = event.target instanceof Element ? event.target.closest("tr[data-key]") : null;
  if (row) point(row.dataset.key, row.dataset.says ?? "");
}

// Left and right go from bar to bar, Home and End to the first and the last.
function keyed(event) {
  const svg = by("gantt");
  if (!svg?.contains(event.target) || !["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) return;
  const links = /** @type {any[]} */ ([...svg.querySelectorAll("a")]);
  const place = links.indexOf(event.target.closest("a"));
  const goal = { ArrowLeft: place - 1, ArrowRight: place + 1, Home: 0, End: links.length - 1 }[event.key];
  if (links[goal]) {
    event.preventDefault();
    links[goal].focus();
  }
}

let renewing = 0;

/** Bring the page's main part anew, once for whatever happens in the meantime. @param {number} [after] ms */
function renew(after = 500) {
  if (!shown().live || renewing) return;
  renewing = setTimeout(async () => {
    try {
      const address = new URL(location.href);
      address.searchParams.delete("said");
      const answer = await fetch(address);
      if (answer.ok) swap(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch { /* the lamp of the line says it */ }
    renewing = 0;
  }, after);
}

/** Put the new main part in the place of the old; focus and opened parts stay. @param {Document} fresh */
function swap(fresh) {
  const [old, main] = [by("main"), fresh.getElementById("main")];
  if (!old || !main) return;
  const focused = /** @type {any} */ (document.activeElement);
  const [href, key, inside] = [focused?.getAttribute?.("href"), focused?.closest?.("[data-key]")?.dataset.key, old.contains(focused)];
  const opened = [...old.querySelectorAll("details[open]")].map((one) => one.id);
  for (const id of opened) if (id) main.querySelector(`#${CSS.escape(id)}`)?.setAttribute("open", "");
  old.replaceChildren(...[...main.childNodes].map((one) => document.adoptNode(one)));
  take();
  if (!inside) return;
  const same = [...old.querySelectorAll("a[href], button, summary")]
    .find((one) => one.getAttribute("href") === href && (!key || one.closest("[data-key]")?.dataset.key === key));
  /** @type {any} */ (same ?? old.querySelector("h1"))?.focus?.();
}

const loaded = document.body.dataset.now ?? "";

line.onState.push((topic, value) => {
  if (topic !== "schedule" || String(value.id) === shown().id) return;
  if (shown().live) return renew();
  const newer = by("newer");
  if (newer && Number(value.id) > Number(shown().id)) newer.hidden = false;
});
line.onStream.push((topic, items) => {
  if (topic === "executions" && items.some(({ value }) => value.at > loaded)) renew(1500);
});

document.addEventListener("pointerover", pointed);
document.addEventListener("focusin", pointed);
document.addEventListener("keydown", keyed);
addEventListener("resize", draw);
take();
setInterval(draw, DRAW_MS);
setInterval(() => renew(), RENEW_MS);
