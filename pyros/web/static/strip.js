// One quantity over time on a canvas: set, push, marks, resize.

import * as clock from "./clock.js";
import { hm } from "./formats.js";
import { colour } from "./theme.js";

const LONGEST_MS = 4 * 3.6e6;
const SHORTEST_MS = 1.8e6;

export class Strip {
  /** @param {HTMLCanvasElement} canvas @param {number} step least span of the scale */
  constructor(canvas, step) {
    this.canvas = canvas;
    this.step = step;
    /** @type {number[]} */
    this.t = [];
    /** @type {(number|null)[]} */
    this.v = [];
    /** @type {{value: number, dash: number[], colour: string}[]} */
    this.limits = [];
    this.resize();
  }

  /** @param {number[]} t milliseconds @param {(number|null)[]} v */
  set(t, v) {
    this.t = [...t];
    this.v = [...v];
    this.draw();
  }

  /** @param {number} t @param {number|null} v */
  push(t, v) {
    const last = this.t.length - 1;
    if (last >= 0 && t < this.t[last]) return;
    if (last >= 1 && t - this.t[last - 1] < 15000) {
      this.t[last] = t;
      this.v[last] = v;
    } else {
      this.t.push(t);
      this.v.push(v);
    }
    while (this.t.length && this.t[0] < t - LONGEST_MS) {
      this.t.shift();
      this.v.shift();
    }
    this.draw();
  }

  /** @param {number|null} bad @param {number|null} good */
  marks(bad, good) {
    this.limits = [];
    if (bad !== null) this.limits.push({ value: bad, dash: [6, 4], colour: "bad" });
    if (good !== null) this.limits.push({ value: good, dash: [2, 3], colour: "dim" });
    this.draw();
  }

  resize() {
    const box = this.canvas.getBoundingClientRect();
    const scale = devicePixelRatio || 1;
    this.canvas.width = Math.max(1, Math.round(box.width * scale));
    this.canvas.height = Math.max(1, Math.round(box.height * scale));
    this.scale = scale;
    this.draw();
  }

  range() {
    const known = this.v.filter((one) => one !== null);
    const all = [...known, ...this.limits.map((one) => one.value)];
    if (!all.length) return [0, 1];
    let low = Math.min(...all), high = Math.max(...all);
    const lack = this.step - (high - low);
    if (lack > 0) [low, high] = [low - lack / 2, high + lack / 2];
    const air = (high - low) * 0.08;
    return [low - air, high + air];
  }

  draw() {
    const pen = this.canvas.getContext("2d");
    if (!pen) return;
    const w = this.canvas.width / this.scale, h = this.canvas.height / this.scale;
    pen.setTransform(this.scale, 0, 0, this.scale, 0, 0);
    pen.clearRect(0, 0, w, h);
    const [low, high] = this.range();
    const left = 34, bottom = h - 13;
    const y = (v) => bottom - (v - low) / (high - low) * (bottom - 3);
    const end = this.t.length ? this.t[this.t.length - 1] : clock.now();
    const span = Math.min(Math.max(end - (this.t[0] ?? end), SHORTEST_MS), LONGEST_MS);
    const x = (t) => left + (1 - (end - t) / span) * (w - left - 2);
    this.frame(pen, { w, bottom, left, low, high, x, end, span });
    if (!this.t.length) {
      pen.fillStyle = colour("dim");
      pen.fillText("nothing measured yet", left + 8, h / 2);
      return;
    }
    for (const limit of this.limits) this.limit(pen, limit, left, w, y(limit.value));
    this.curve(pen, x, y);
  }

  frame(pen, { w, bottom, left, low, high, x, end, span }) {
    pen.lineWidth = 1;
    pen.setLineDash([]);
    pen.strokeStyle = colour("grid");
    pen.strokeRect(left + 0.5, 2.5, w - left - 2, bottom - 2);
    pen.fillStyle = colour("dim");
    pen.font = "12px 'DejaVu Sans', Verdana, sans-serif";
    const digits = high - low > 8 ? 0 : 1;
    pen.textAlign = "right";
    pen.fillText(high.toFixed(digits), left - 3, 12);
    pen.fillText(low.toFixed(digits), left - 3, bottom);
    pen.textAlign = "left";
    const step = span > 9e6 ? 3.6e6 : span > 3.6e6 ? 1.8e6 : 6e5;
    for (let at = Math.ceil((end - span) / step) * step; at <= end; at += step) {
      const place = x(at);
      pen.beginPath();
      pen.moveTo(place, 3);
      pen.lineTo(place, bottom);
      pen.stroke();
      if (place > left + 4 && place < w - 38) pen.fillText(hm(at), place - 16, bottom + 12);
    }
  }

  limit(pen, limit, left, w, y) {
    pen.strokeStyle = colour(limit.colour);
    pen.setLineDash(limit.dash);
    pen.lineWidth = 1.5;
    pen.beginPath();
    pen.moveTo(left, y);
    pen.lineTo(w - 2, y);
    pen.stroke();
    pen.setLineDash([]);
  }

  curve(pen, x, y) {
    pen.strokeStyle = colour("chart");
    pen.lineWidth = 1.6;
    pen.beginPath();
    let down = false;
    this.t.forEach((t, n) => {
      const v = this.v[n];
      if (v === null) { down = false; return; }
      if (down) pen.lineTo(x(t), y(v));
      else pen.moveTo(x(t), y(v));
      down = true;
    });
    pen.stroke();
  }
}
