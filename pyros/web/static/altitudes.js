// How high each target stands: thin all night, thick in its slot; Moon, limits; air mass at the right.

import { NightAxis, TOP } from "./nightaxis.js";
import { Labels, add, title, wide } from "./svg.js";

const HIGHEST = 92;
const MOST_NAMES = 24;
const SHOWN_AIRMASSES = [1.1, 1.2, 1.5, 2, 3];

export class Altitudes {
  /** @param {any} svg @param {(key: string, words: string) => void} point */
  constructor(svg, point) {
    this.svg = svg;
    this.point = point;
    this.data = null;
    this.marked = "";
  }

  draw() {
    if (!this.data) return;
    const data = this.data.altitudes;
    this.axis = new NightAxis(this.svg, this.data);
    this.start = Date.parse(data.start);
    this.step = data.step_s * 1000;
    this.labels = new Labels(this.axis.width - this.axis.right, this.axis.bottom);
    this.axis.background(this.data);
    this.scales(data);
    this.path("moonline", data.moon_deg, -Infinity, Infinity);
    for (const curve of data.curves) this.curve(curve);
    const few = data.curves.length <= MOST_NAMES && !this.axis.narrow;
    for (const curve of data.curves) if (few || curve.own || curve.alert) this.name(curve);
    this.moon(data);
    this.axis.now();
    this.mark(this.marked);
  }

  y(altitude) {
    return this.axis.bottom - (Math.min(Math.max(altitude, 0), HIGHEST) / HIGHEST) * (this.axis.bottom - TOP);
  }

  scales(data) {
    const { axis, svg } = this;
    const right = axis.width - axis.right;
    for (const altitude of [0, 30, 60, 90]) {
      const y = this.y(altitude);
      add(svg, "line", { class: "tick", x1: axis.left, x2: right, y1: y, y2: y });
      add(svg, "text", { class: "dim", x: axis.left - 30, y: Math.min(y + 4, axis.bottom) }, `${altitude}°`);
    }
    for (const [mass, altitude] of data.airmass) {
      if (!SHOWN_AIRMASSES.includes(mass)) continue;
      const y = this.y(altitude);
      add(svg, "line", { class: "tick", x1: right, x2: right + 4, y1: y, y2: y });
      add(svg, "text", { class: "dim", x: right + 6, y: y + 4 }, String(mass));
    }
    const y = this.y(data.limit_deg);
    add(svg, "rect", { class: "below", x: axis.left, y, width: right - axis.left, height: axis.bottom - y });
    title(add(svg, "line", { class: "limit", x1: axis.left, x2: right, y1: y, y2: y }), `nothing is observed below ${data.limit_deg} deg`);
  }

  /** A line through values, from one instant to another. */
  path(kind, values, from, to, parent = this.svg) {
    const points = [];
    const inside = (at) => at >= Math.max(from, this.axis.from) && at <= Math.min(to, this.axis.to);
    const edge = (at) => {
      if (Number.isFinite(at) && inside(at)) points.push([at, this.at(values, at)]);
    };
    edge(from);
    values.forEach((value, n) => {
      const at = this.start + n * this.step;
      if (inside(at) && at > from && at < to) points.push([at, value]);
    });
    edge(to);
    let pen = "M";
    const parts = [];
    for (const [at, value] of points) {
      if (value < 0) pen = "M";
      else {
        parts.push(`${pen}${this.axis.x(at).toFixed(1)} ${this.y(value).toFixed(1)}`);
        pen = "L";
      }
    }
    return parts.length > 1 ? add(parent, "path", { class: kind, d: parts.join("") }) : null;
  }

  at(values, instant) {
    const place = Math.min(Math.max((instant - this.start) / this.step, 0), values.length - 1);
    const before = Math.floor(place);
    const after = Math.min(before + 1, values.length - 1);
    return values[before] + (values[after] - values[before]) * (place - before);
  }

  curve(curve) {
    const [from, to] = [Date.parse(curve.on_target), Date.parse(curve.end)];
    const box = add(this.svg, "g", { class: `curve${curve.own ? " own" : ""}${curve.alert ? " alerting" : ""}` });
    box.dataset.key = curve.key;
    const highest = this.at(curve.altitude_deg, (from + to) / 2);
    const words = `${curve.name}, altitude ${highest.toFixed(0)} deg in the middle of its slot`;
    title(box, words);
    this.path("floor", curve.floor_deg, -Infinity, Infinity, box);
    this.path("thin", curve.altitude_deg, -Infinity, Infinity, box);
    this.path("thick", curve.altitude_deg, from, to, box);
    this.path("grip", curve.altitude_deg, from, to, box);
    box.addEventListener("pointerenter", () => this.point(curve.key, words));
  }

  name(curve) {
    const middle = (Date.parse(curve.on_target) + Date.parse(curve.end)) / 2;
    const [x, y] = [this.axis.x(middle), this.y(this.at(curve.altitude_deg, middle))];
    const text = `${curve.own ? "★ " : ""}${curve.name}`;
    const place = this.place(x, y, text);
    if (place) add(this.svg, "text", { class: `curvename${curve.own ? " own" : ""}`, x: place[0], y: place[1] }, text).dataset.key = curve.key;
  }

  // Above or below the slot's line, else beside it. @returns {[number, number]|null}
  place(x, y, text) {
    const w = wide(text);
    for (const base of [y - 8, y + 19]) {
      const left = Math.min(Math.max(x - w / 2, this.axis.left + 2), this.axis.width - this.axis.right - w - 2);
      const box = [left, base - 11, left + w, base + 3];
      if (this.labels.free(box)) {
        this.labels.taken.push(box);
        return [left, base];
      }
    }
    return this.labels.place(x, y, text, 5);
  }

  moon(data) {
    const text = `Moon ${(data.moon_lit * 100).toFixed(0)} %`;
    const up = data.moon_deg.map((value, n) => [value, this.start + n * this.step])
      .filter(([value, at]) => value > 5 && at > this.axis.from && this.axis.x(at) < this.axis.width - this.axis.right - wide(text));
    if (!up.length) return;
    const [value, at] = up.reduce((best, one) => (one[0] > best[0] ? one : best));
    const place = this.place(this.axis.x(at), this.y(value), text);
    if (place) add(this.svg, "text", { class: "moonname", x: place[0], y: place[1] }, text);
  }

  /** Let one sequence stand out. @param {string} key */
  mark(key) {
    this.marked = key;
    for (const box of this.svg.querySelectorAll("[data-key]")) box.classList.toggle("on", box.dataset.key === key);
    this.svg.classList.toggle("marking", [...this.svg.querySelectorAll(".curve")].some((box) => box.dataset.key === key));
  }
}
