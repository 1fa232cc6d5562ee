// Small help for drawings: attributes and classes only, never a style.

const NS = "http://www.w3.org/2000/svg";

/** @param {Element} parent @param {string} name @param {Record<string, any>} attributes @param {string} [text] */
export function add(parent, name, attributes, text) {
  const element = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  if (text !== undefined) element.textContent = text;
  parent.append(element);
  return element;
}

/** A title that appears when one points at it. @param {Element} parent @param {string} text */
export const title = (parent, text) => add(parent, "title", {}, text);

/** Empty a drawing and give it its size in pixels. @param {any} svg @returns {[number, number]} */
export function fresh(svg) {
  const box = svg.getBoundingClientRect();
  const size = /** @type {[number, number]} */ ([Math.max(box.width, 50), Math.max(box.height, 50)]);
  svg.replaceChildren();
  svg.setAttribute("viewBox", `0 0 ${size[0]} ${size[1]}`);
  return size;
}

/** How wide a text is, about, in pixels. @param {string} text */
export const wide = (text) => text.length * 7.2 + 2;

/** Places for labels that neither leave the picture nor cover each other. */
export class Labels {
  /** @param {number} width @param {number} height */
  constructor(width, height) {
    this.size = [width, height];
    /** @type {number[][]} */
    this.taken = [];
  }

  /** Keep a place free. @param {number} x @param {number} y @param {number} r */
  avoid(x, y, r) {
    this.taken.push([x - r, y - r, x + r, y + r]);
  }

  /** @returns {[number, number]|null} left end of the base line, null where there is no room */
  place(x, y, text, gap = 7) {
    const w = wide(text);
    const tries = [
      [x + gap, y + 4], [x - gap - w, y + 4], [x - w / 2, y - gap - 2], [x - w / 2, y + gap + 11],
      [x + gap, y - 8], [x + gap, y + 16], [x - gap - w, y - 8], [x - gap - w, y + 16],
    ];
    for (const [left, base] of tries) {
      const box = [left, base - 11, left + w, base + 3];
      if (this.free(box)) {
        this.taken.push(box);
        return [left, base];
      }
    }
    return null;
  }

  free([left, top, right, bottom]) {
    if (left < 1 || top < 1 || right > this.size[0] - 1 || bottom > this.size[1] - 1) return false;
    return !this.taken.some(([l, t, r, b]) => left < r && right > l && top < b && bottom > t);
  }
}
