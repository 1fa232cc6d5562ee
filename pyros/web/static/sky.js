// The sky over the site, zenith in the middle, north up, east left; it turns with the clock.

import * as clock from "./clock.js";
import { hm, number } from "./formats.js";
import { Labels, add, fresh, title } from "./svg.js";

const RAD = Math.PI / 180;

/** Altitude and azimuth of a place of date. */
function altaz(ra, dec, lat, lst) {
  const h = (lst - ra) * RAD, d = dec * RAD, p = lat * RAD;
  const alt = Math.asin(Math.sin(p) * Math.sin(d) + Math.cos(p) * Math.cos(d) * Math.cos(h));
  const az = Math.atan2(-Math.cos(d) * Math.sin(h),
    Math.sin(d) * Math.cos(p) - Math.cos(d) * Math.sin(p) * Math.cos(h));
  return { alt: alt / RAD, az: ((az / RAD) + 360) % 360 };
}

/** Points of a circle of `radius` degrees around a place in the sky. */
function around({ alt, az }, radius) {
  const points = [], a = alt * RAD, r = radius * RAD;
  for (let bearing = 0; bearing < 360; bearing += 6) {
    const b = bearing * RAD;
    const height = Math.asin(Math.sin(a) * Math.cos(r) + Math.cos(a) * Math.sin(r) * Math.cos(b));
    const turn = Math.atan2(Math.sin(b) * Math.sin(r) * Math.cos(a),
      Math.cos(r) - Math.sin(a) * Math.sin(height));
    points.push({ alt: height / RAD, az: az + turn / RAD });
  }
  return points;
}

export class Sky {
  /** @param {SVGElement} svg */
  constructor(svg) {
    this.svg = svg;
    this.map = null;
    this.telescope = null;
    this.slit = null;
    /** @type {Map<string, any>} */
    this.alerts = new Map();
  }

  draw() {
    if (!this.map) return;
    const [width, height] = fresh(this.svg);
    this.r = Math.min(width, height) / 2 - 18;
    this.cx = width / 2;
    this.cy = height / 2;
    this.labels = new Labels(width, height);
    this.lst = this.map.sidereal_deg + (clock.now() - Date.parse(this.map.at)) / 3.6e6 * 15.041067;
    const clip = add(add(this.svg, "defs", {}), "clipPath", { id: "sky-clip" });
    add(clip, "circle", { cx: this.cx, cy: this.cy, r: this.r });
    this.frame();
    const up = this.up();
    for (const one of up) this.labels.avoid(...this.at(one), 4);
    this.bodies();
    this.pointing();
    this.bursts();
    this.targets(up);
  }

  at({ alt, az }) {
    const r = (90 - alt) / 90 * this.r;
    return [this.cx - r * Math.sin(az * RAD), this.cy - r * Math.cos(az * RAD)];
  }

  line(points, closed = true) {
    const parts = points.map((one, n) => `${n ? "L" : "M"}${this.at(one).map((v) => v.toFixed(1)).join(" ")}`);
    return parts.join("") + (closed ? "Z" : "");
  }

  frame() {
    const { svg, cx, cy, r } = this;
    add(svg, "circle", { class: "dome", cx, cy, r });
    for (const alt of [30, 60]) {
      add(svg, "circle", { class: "ring", cx, cy, r: r * (90 - alt) / 90 });
    }
    const rim = `M${cx - r} ${cy}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;
    const horizon = this.map.horizon.map(([az, alt]) => ({ az, alt: Math.max(alt, 0) }));
    title(add(svg, "path", { class: "ground", d: rim + this.line(horizon) }), "below the horizon");
    const low = this.map.min_altitude_deg;
    title(add(svg, "circle", { class: "limit", cx, cy, r: r * (90 - low) / 90 }), `nothing is planned below ${low} deg`);
    for (const [word, az] of Object.entries({ N: 0, E: 90, S: 180, W: 270 })) {
      const x = cx - (r + 9) * Math.sin(az * RAD), y = cy - (r + 9) * Math.cos(az * RAD);
      add(svg, "text", { class: "dim", x: x - 4, y: y + 4 }, word);
      this.labels.avoid(x, y, 8);
    }
  }

  bodies() {
    const { map, svg } = this;
    const moon = this.here(map.moon);
    if (moon.alt > -2) {
      const [x, y] = this.at(moon);
      const lit = map.moon_illumination;
      add(svg, "path", { class: "around", d: this.line(around(moon, map.moon_distance_deg)), "clip-path": "url(#sky-clip)" });
      title(add(svg, "circle", { class: "moon", cx: x, cy: y, r: 8 }), `Moon, ${(lit * 100).toFixed(0)} % lit, altitude ${number(moon.alt, 0)} deg`);
      if (lit < 0.97) add(svg, "ellipse", { class: "moonshade", cx: x - 8 * lit, cy: y, rx: 8 * (1 - lit) + 0.5, ry: 8 });
      this.labels.avoid(x, y, 9);
      this.label(x, y, `Moon ${(lit * 100).toFixed(0)} %`, "dim", 10);
    }
    const sun = this.here(map.sun);
    if (sun.alt > -1) {
      const [x, y] = this.at(sun);
      title(add(svg, "circle", { class: "sun", cx: x, cy: y, r: 7 }), "Sun");
      add(svg, "path", { class: "sun", d: this.line(around(sun, map.sun_distance_deg)), "clip-path": "url(#sky-clip)", "stroke-dasharray": "6 3" });
      this.label(x, y, "Sun", "", 10);
    }
  }

  here(star) {
    return altaz(star.ra_deg, star.dec_deg, this.map.lat_deg, this.lst);
  }

  pointing() {
    const p = this.telescope;
    if (this.slit !== null && this.slit !== undefined) {
      const arc = [-6, -3, 0, 3, 6].map((turn) => ({ alt: 0, az: this.slit + turn }));
      title(add(this.svg, "path", { class: "slit", d: this.line(arc, false) }), `dome slit, azimuth ${number(this.slit, 0)} deg`);
    }
    if (!p || p.alt_deg === null || p.az_deg === null) return;
    const here = { alt: Math.max(p.alt_deg, 0), az: p.az_deg };
    const [x, y] = this.at(here);
    if (p.target_ra_deg !== null && p.target_dec_deg !== null && p.phase === "slewing") {
      const goal = altaz(p.target_ra_deg, p.target_dec_deg, this.map.lat_deg, this.lst);
      const [gx, gy] = this.at(goal);
      add(this.svg, "path", { class: "path", d: `M${x} ${y}L${gx} ${gy}` });
      add(this.svg, "circle", { class: "path", cx: gx, cy: gy, r: 6 });
    }
    const cross = add(this.svg, "path", { class: "tube", d: `M${x - 11} ${y}h7m8 0h7M${x} ${y - 11}v7m0 8v7` });
    title(cross, `telescope ${p.phase}, altitude ${number(p.alt_deg, 1)}, azimuth ${number(p.az_deg, 1)} deg`);
    add(this.svg, "circle", { class: "tube", cx: x, cy: y, r: 7 });
    this.labels.avoid(x, y, 9);
    if (p.phase !== "tracking") this.label(x, y, p.phase || "telescope", "", 13);
  }

  bursts() {
    for (const alert of this.alerts.values()) {
      if (!alert.in_progress || alert.ra_deg === null) continue;
      const here = altaz(alert.ra_deg, alert.dec_deg, this.map.lat_deg, this.lst);
      if (here.alt < 0) continue;
      const [x, y] = this.at(here);
      const r = (alert.r90_deg ?? 0) / 90 * this.r;
      if (r > 9) add(this.svg, "path", { class: "burst", d: this.line(around(here, alert.r90_deg)), "clip-path": "url(#sky-clip)", "stroke-dasharray": "4 2" });
      title(add(this.svg, "path", { class: "burst", d: `M${x} ${y - 10}l10 10l-10 10l-10 -10Z` }), `alert ${alert.name}`);
      this.labels.avoid(x, y, 10);
      this.label(x, y, `◆ ${alert.name}`, "", 12);
    }
  }

  up() {
    const up = this.map.targets.map((one) => ({ ...one, ...this.here(one) })).filter((one) => one.alt > 0);
    return up.sort((a, b) => rank(a) - rank(b) || String(a.start).localeCompare(String(b.start)));
  }

  targets(up) {
    for (const one of up) {
      const [x, y] = this.at(one);
      const dot = add(this.svg, "circle", { class: `target ${one.state}`, cx: x, cy: y, r: one.state === "running" ? 5 : 3.5 });
      const when = one.start ? `, slot ${hm(one.start)} UTC` : "";
      title(dot, `${one.name}${when}, ${one.state}, altitude ${number(one.alt, 0)} deg`);
    }
    for (const one of up) {
      const running = one.state === "running";
      this.label(...this.at(one), one.name.slice(0, 18), running ? "" : "dim", running ? 13 : 7);
    }
  }

  label(x, y, text, kind, gap = 7) {
    const place = this.labels.place(x, y, text, gap);
    if (place) add(this.svg, "text", { class: kind, x: place[0].toFixed(1), y: place[1].toFixed(1) }, text);
  }
}

const rank = (one) => ({ running: 0, planned: 1 }[one.state] ?? 2);
