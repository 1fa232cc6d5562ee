// A plan as rows of bars: who has the telescope, with which filter; what was done; alerts.

import * as clock from "./clock.js";
import { hm } from "./formats.js";
import { NARROW, NightAxis, TOP } from "./nightaxis.js";
import { add, title, wide } from "./svg.js";

const ROW = { plan: 112, channel: 22, executed: 64, alerts: 24 };
const LOW = { plan: 34, channel: 22, executed: 24, alerts: 24 };
const APART = 30;
const HATCHED = { aborted: "g-bad", failed: "g-bad", other: "g-other", idle: "g-idle" };

export class Gantt {
  /** @param {any} svg @param {(key: string, words: string) => void} point */
  constructor(svg, point) {
    this.svg = svg;
    this.point = point;
    this.data = null;
    this.marked = "";
  }

  draw() {
    const data = this.data;
    if (!data) return;
    const focused = this.svg.contains(document.activeElement) ? document.activeElement.dataset.key : "";
    const compared = data.rows.filter((row) => row.kind === "plan").length > 1;
    const heights = this.svg.getBoundingClientRect().width < NARROW ? LOW : ROW;
    this.svg.setAttribute("height", TOP + 8 + data.rows.reduce((sum, row) => sum + heights[row.kind], 0) + (compared ? APART : 0));
    this.compared = compared;
    this.axis = new NightAxis(this.svg, data);
    this.patterns();
    this.axis.background(data);
    this.places = new Map();
    let y = TOP + 2;
    for (const row of data.rows) {
      this.row(row, y, heights[row.kind]);
      y += heights[row.kind] + (compared && row === data.rows[0] ? APART : 0);
    }
    this.moves();
    this.axis.now();
    this.mark(this.marked);
    const links = [...this.svg.querySelectorAll("a")];
    links.forEach((link, n) => link.setAttribute("tabindex", n ? "-1" : "0"));
    if (focused) links.find((link) => link.dataset.key === focused)?.focus();
  }

  patterns() {
    const defs = add(this.svg, "defs", {});
    for (const [id, line, turn] of [["g-bad", "hatchline", 45], ["g-other", "hatchother", -45], ["g-setup", "hatchsetup", 90], ["g-idle", "hatchidle", 45]]) {
      const size = { "g-setup": 4, "g-idle": 12 }[id] ?? 7;
      const pattern = add(defs, "pattern", { id, width: size, height: size, patternUnits: "userSpaceOnUse", patternTransform: `rotate(${turn})` });
      add(pattern, "line", { class: line, x1: 0, y1: 0, x2: 0, y2: size });
    }
  }

  row(row, y, height) {
    const name = this.axis.narrow ? row.name.replace("executed", "done").slice(0, 7) : row.name;
    add(this.svg, "text", { class: "dim", x: 0, y: y + height / 2 + 4 }, name);
    for (const bar of row.bars) this.bar(row, bar, y + 2, height - 4);
    let taken = this.axis.left;
    row.marks.forEach((mark, n) => {
      const next = n + 1 < row.marks.length ? this.axis.x(row.marks[n + 1].at) - 8 : this.axis.width;
      taken = this.alert(mark, y + 2, height - 4, taken, next);
    });
  }

  bar(row, bar, y, height) {
    const end = bar.end ? Date.parse(bar.end) : Math.max(clock.now(), Date.parse(bar.start));
    const [x, on, right] = [this.axis.x(bar.start), this.axis.x(bar.on_target), this.axis.x(end)];
    const words = describe(row, bar);
    const box = bar.href ? add(this.svg, "a", { href: bar.href }) : add(this.svg, "g", {});
    box.classList.add("slot");
    box.dataset.key = bar.key;
    box.dataset.row = row.kind;
    title(box, words);
    if (bar.href) box.setAttribute("aria-label", words);
    for (const event of ["pointerenter", "focus"]) box.addEventListener(event, () => this.point(bar.key, words));
    if (on - x > 0.5) add(box, "rect", { class: "setup", x, y: y + height * 0.25, width: on - x, height: height * 0.5, fill: "url(#g-setup)" });
    const kinds = ["bar", bar.state, bar.own ? "own" : "", bar.alert ? "alerting" : "", bar.filler ? "filler" : "", bar.frozen ? "frozen" : "", this.compared && bar.change && bar.change !== "kept" ? "changed" : ""];
    const shape = { class: kinds.filter(Boolean).join(" "), x: on, y, width: Math.max(1.5, right - on), height, rx: 2 };
    const hatch = HATCHED[bar.state];
    if (hatch) add(box, "rect", { ...shape, fill: `url(#${hatch})` });
    add(box, "rect", shape);
    this.label(box, row, bar, on, right - on, y, height);
    if (row.kind === "plan") this.keep(row, bar, on, right, y, height);
  }

  // Along the bar where the name fits, else upright, else not at all: the words tell it.
  label(box, row, bar, x, width, y, height) {
    const name = bar.own && row.kind === "plan" ? `★ ${bar.name}` : bar.name;
    if (!name || width < 15) return;
    const flat = wide(name) <= width - 4 || height <= 40;
    const [left, base] = flat ? [x + 4, y + height / 2 + 4] : [x + width / 2 + 4, y + height - 4];
    const turned = flat ? {} : { transform: `rotate(-90 ${left} ${base})` };
    const text = /** @type {any} */ (add(box, "text", { class: "barname", x: left, y: base, ...turned }, name));
    const room = (flat ? width : height) - 7;
    let length = name.length;
    while (length > 3 && text.getComputedTextLength() > room) text.textContent = `${name.slice(0, --length).trimEnd()}…`;
    if (text.getComputedTextLength() > room) text.remove();
  }

  keep(row, bar, left, right, y, height) {
    const there = this.places.get(bar.key);
    if (!there) this.places.set(bar.key, [{ row: row.name, bar, left, right, y, height }]);
    else there.push({ row: row.name, bar, left, right, y, height });
  }

  // Where two plans are shown, a line from a sequence's old place to its new one.
  moves() {
    for (const [key, places] of this.places) {
      if (places.length !== 2 || !key.startsWith("s")) continue;
      const [one, two] = places;
      const kept = two.bar.change === "kept" ? " kept" : "";
      add(this.svg, "line", { class: `move${kept}`, x1: (one.left + one.right) / 2, y1: one.y + one.height, x2: (two.left + two.right) / 2, y2: two.y });
    }
  }

  // Returns where the next label may begin.
  alert(mark, y, height, taken, next) {
    const x = this.axis.x(mark.at);
    const box = add(this.svg, "a", { href: mark.href, "aria-label": `alert ${mark.name}, ${mark.text}` });
    box.classList.add("alertmark");
    title(box, `${mark.name}: ${mark.text}`);
    add(box, "path", { class: "diamond", d: `M${x} ${y}l6 ${height / 2}l-6 ${height / 2}l-6 ${-height / 2}Z` });
    const label = `${mark.name}${mark.text.startsWith("TEST") ? " TEST" : ""}`;
    const [after, before] = [x + 9, x - 10 - wide(label)];
    const place = after + wide(label) < Math.min(next, this.axis.width) ? after : before > taken ? before : 0;
    if (place) add(box, "text", { class: "barname", x: place, y: y + height / 2 + 4 }, label);
    return Math.max(x + 8, place ? place + wide(label) : 0);
  }

  /** Let one sequence stand out. @param {string} key */
  mark(key) {
    this.marked = key;
    for (const box of this.svg.querySelectorAll(".slot")) box.classList.toggle("on", box.dataset.key === key);
  }
}

function describe(row, bar) {
  const span = `${hm(bar.start)} to ${bar.end ? hm(bar.end) : "now"}`;
  const state = row.kind === "channel" ? row.name : bar.state === "other" ? "planned" : bar.state;
  return `${bar.own ? "own: " : ""}${bar.name}, ${state} ${span}${bar.text ? `. ${bar.text}` : ""}`;
}
