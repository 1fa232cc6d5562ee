// The night from sunset to sunrise: rows of bars, marks, twilight and Moon, and the line of now.

import * as clock from "./clock.js";
import { clock as hms, hm } from "./formats.js";
import { add, fresh, title, wide } from "./svg.js";

const LEFT = 66;
const TOP = 18;
const HATCHED = { aborted: "hatch-bad", failed: "hatch-bad", hold: "hatch-warn", unsafe: "hatch-warn" };

export class Timeline {
  /** @param {SVGElement} svg */
  constructor(svg) {
    this.svg = svg;
    this.data = null;
  }

  draw() {
    const data = this.data;
    if (!data) return;
    const [width, height] = fresh(this.svg);
    this.width = width;
    this.start = Date.parse(data.start);
    this.span = Date.parse(data.end) - this.start;
    this.row = (height - TOP - 4) / data.rows.length;
    this.bottom = height - 4;
    this.patterns();
    this.background();
    data.rows.forEach((row, n) => this.drawRow(row, TOP + n * this.row));
    this.nowLine();
  }

  x(at) {
    const share = ((typeof at === "number" ? at : Date.parse(at)) - this.start) / this.span;
    return LEFT + Math.min(Math.max(share, 0), 1) * (this.width - LEFT - 6);
  }

  patterns() {
    const defs = add(this.svg, "defs", {});
    for (const [id, line] of [["hatch-bad", "hatchline"], ["hatch-warn", "hatchwarn"]]) {
      const pattern = add(defs, "pattern", { id, width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
      add(pattern, "line", { class: line, x1: 0, y1: 0, x2: 0, y2: 7 });
    }
  }

  background() {
    const { data, svg } = this;
    for (const part of data.light) {
      const x = this.x(part.start);
      const band = add(svg, "rect", { class: `light-${part.state}`, x, y: TOP, width: Math.max(0, this.x(part.end) - x), height: this.bottom - TOP });
      title(band, `${part.state === "dark" || part.state === "day" ? part.state : part.state + " twilight"} ${hm(part.start)} to ${hm(part.end)}`);
    }
    for (const part of data.moon) {
      const x = this.x(part.start);
      title(add(svg, "rect", { class: "moonup", x, y: TOP - 3, width: Math.max(0, this.x(part.end) - x), height: 3 }), `Moon up ${hm(part.start)} to ${hm(part.end)}`);
    }
    const hours = this.width < 600 ? 3 : 1;
    for (let at = Math.ceil(this.start / 3.6e6) * 3.6e6; at < this.start + this.span; at += 3.6e6) {
      const x = this.x(at);
      add(svg, "line", { class: "tick", x1: x, x2: x, y1: TOP, y2: this.bottom });
      if ((at / 3.6e6) % hours === 0 && x < this.width - 36) add(svg, "text", { class: "dim", x: x - 16, y: 11 }, hm(at));
    }
    for (const at of [data.night_start, data.night_end]) {
      if (at) add(svg, "line", { class: "edge", x1: this.x(at), x2: this.x(at), y1: TOP, y2: this.bottom });
    }
  }

  drawRow(row, y) {
    add(this.svg, "text", { class: "dim", x: 0, y: y + this.row / 2 + 4 }, row.name);
    for (const bar of row.bars) this.bar(bar, y + 2, this.row - 4);
    const marks = [...row.marks].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
    if (row.name === "images") {
      const d = marks.map((mark) => `M${this.x(mark.at).toFixed(1)} ${y + 5}v${this.row - 10}`).join("");
      title(add(this.svg, "path", { class: "mark", d }), `${marks.length} images`);
      return;
    }
    marks.forEach((mark, n) => {
      const next = n + 1 < marks.length ? this.x(marks[n + 1].at) - 6 : Infinity;
      this.mark(mark, y + 2, this.row - 4, next);
    });
  }

  bar(bar, y, height) {
    const end = bar.end ? Date.parse(bar.end) : Math.max(clock.now(), Date.parse(bar.start));
    const x = this.x(bar.start);
    const width = Math.max(2, this.x(end) - x);
    const kind = `bar ${bar.state}${bar.alert ? " alerting" : ""}`;
    const shape = { class: kind, x, y, width, height, rx: 2 };
    const hatch = HATCHED[bar.state];
    const rect = add(this.svg, "rect", hatch ? { ...shape, fill: `url(#${hatch})` } : shape);
    if (hatch) add(this.svg, "rect", { class: kind, x, y, width, height, rx: 2 });
    title(rect, `${bar.name}: ${bar.state} ${hms(bar.start)} to ${bar.end ? hms(bar.end) : "now"}. ${bar.text}`);
    const room = Math.floor((width - 6) / 7.2);
    const text = bar.name.length > room ? `${bar.name.slice(0, room - 1).trimEnd()}…` : bar.name;
    if ((room >= 6 || room >= bar.name.length) && !hatch) add(this.svg, "text", { class: "barname", x: x + 4, y: y + height / 2 + 4 }, text);
  }

  mark(mark, y, height, next) {
    const x = this.x(mark.at);
    const shape = add(this.svg, "path", { class: "diamond", d: `M${x} ${y}l6 ${height / 2}l-6 ${height / 2}l-6 ${-height / 2}Z` });
    title(shape, `${mark.name} ${hms(mark.at)} ${mark.state} ${mark.text}`);
    if (x + 10 + wide(mark.name) < Math.min(this.width, next)) {
      add(this.svg, "text", { class: "barname", x: x + 9, y: y + height / 2 + 4 }, mark.name);
    }
  }

  nowLine() {
    const x = this.x(clock.now());
    add(this.svg, "line", { class: "nowline", x1: x, x2: x, y1: TOP - 6, y2: this.bottom });
    add(this.svg, "path", { class: "nowline", d: `M${x - 4} ${TOP - 8}h8l-4 5Z` });
  }
}
