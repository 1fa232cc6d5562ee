// The hours of a night from left to right: light, Moon, hours, the limits of the night, now.

import * as clock from "./clock.js";
import { hm } from "./formats.js";
import { add, fresh, title } from "./svg.js";

export const TOP = 20;
export const NARROW = 600;
const LEAST = 160; // a picture that has no place on the page yet has no width
const MARGIN_MS = 20 * 60000;

export class NightAxis {
  /** @param {any} svg @param {any} data */
  constructor(svg, data) {
    this.svg = svg;
    const [width, height] = fresh(svg);
    this.width = Math.max(width, LEAST);
    this.bottom = height - 4;
    this.narrow = width < NARROW;
    this.left = this.narrow ? 44 : 72;
    this.right = this.narrow ? 30 : 38;
    this.from = Date.parse(data.start);
    this.to = Date.parse(data.end);
    if (this.narrow && data.night_start && data.night_end) {
      this.from = Math.max(this.from, Date.parse(data.night_start) - MARGIN_MS);
      this.to = Math.min(this.to, Date.parse(data.night_end) + MARGIN_MS);
    }
  }

  /** @param {any} at an instant, ISO or milliseconds @returns {number} pixels, inside the picture */
  x(at) {
    const share = ((typeof at === "number" ? at : Date.parse(at)) - this.from) / (this.to - this.from);
    return this.left + Math.min(Math.max(share, 0), 1) * (this.width - this.left - this.right);
  }

  /** @param {any} data */
  background(data) {
    const { svg, bottom } = this;
    for (const band of data.altitudes.light) {
      const x = this.x(band.start);
      const rect = add(svg, "rect", { class: `light-${band.state}`, x, y: TOP, width: Math.max(0, this.x(band.end) - x), height: bottom - TOP });
      const word = band.state === "dark" || band.state === "day" ? band.state : `${band.state} twilight`;
      title(rect, `${word} ${hm(band.start)} to ${hm(band.end)}`);
    }
    for (const up of data.altitudes.moon) {
      const x = this.x(up.start);
      const strip = add(svg, "rect", { class: "moonup", x, y: TOP - 4, width: Math.max(0, this.x(up.end) - x), height: 4 });
      title(strip, `Moon up ${hm(up.start)} to ${hm(up.end)}`);
    }
    const every = this.narrow ? 3 : 1;
    for (let at = Math.ceil(this.from / 3.6e6) * 3.6e6; at < this.to; at += 3.6e6) {
      const x = this.x(at);
      add(svg, "line", { class: "tick", x1: x, x2: x, y1: TOP, y2: bottom });
      if ((at / 3.6e6) % every === 0 && x > this.left + 14 && x < this.width - 36) {
        add(svg, "text", { class: "dim", x: x - 16, y: 12 }, hm(at));
      }
    }
    for (const at of [data.night_start, data.night_end]) {
      if (at) add(svg, "line", { class: "edge", x1: this.x(at), x2: this.x(at), y1: TOP, y2: bottom });
    }
  }

  /** The line of now, where now is in the picture. */
  now() {
    const at = clock.now();
    if (at < this.from || at > this.to) return;
    const x = this.x(at);
    const line = add(this.svg, "line", { class: "nowline", x1: x, x2: x, y1: TOP - 6, y2: this.bottom });
    title(line, `now, ${hm(at)}`);
    add(this.svg, "path", { class: "nowline", d: `M${x - 4} ${TOP - 8}h8l-4 5Z` });
  }
}
