// Values as people read them; the same rules as pyros/web/formats.py.

export const DASH = "\u2013";

/** @param {number} seconds @returns {string} `12 s`, `3 min`, `2.1 h`, `4 d` */
export function duration(seconds) {
  if (!Number.isFinite(seconds)) return DASH;
  const span = Math.abs(seconds);
  const sign = seconds < 0 && span >= 1 ? "-" : "";
  if (span < 100) return `${sign}${span.toFixed(0)} s`;
  if (span < 6000) return `${sign}${(span / 60).toFixed(0)} min`;
  if (span < 172800) return `${sign}${(span / 3600).toFixed(1)} h`;
  return `${sign}${(span / 86400).toFixed(0)} d`;
}

/** @param {number|string|null|undefined} at @returns {string} `03:12:34`, UTC */
export function clock(at) {
  const instant = at === null || at === undefined || at === "" ? NaN : new Date(at).getTime();
  return Number.isFinite(instant) ? new Date(instant).toISOString().slice(11, 19) : DASH;
}

/** @param {string} at @returns {string} `2026-11-25 03:12:34`, UTC */
export const stamp = (at) => (clock(at) === DASH ? DASH : new Date(at).toISOString().slice(0, 19).replace("T", " "));

/** @param {number|string} at @returns {string} `03:12`, UTC */
export const hm = (at) => clock(at).slice(0, 5);

/** @param {unknown} value @param {number} digits @returns {string} */
export function number(value, digits) {
  return typeof value === "number" && Number.isFinite(value) ? value.toFixed(digits) : DASH;
}
