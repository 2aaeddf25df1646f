// Elements without markup strings: whatever comes from a document goes in as text.

/** Marks that turn the direction of a text round (`01` shows as `10`), and characters without width. */
const HIDDEN = /[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** A text as it is shown: what would hide or turn something is written out, as `\u{202e}`. */
function plain(text) {
  return typeof text === "string" ? text.replace(HIDDEN, (c) => `\\u{${c.codePointAt(0).toString(16)}}`) : text;
}

/**
 * `el("button", { class: "primary", onclick: go, "aria-label": "…" }, "text", child)`.
 * Handlers, properties and attributes by name; null, undefined and false leave an attribute out.
 */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (name === "value") element.value = value;
    else if (name === "dataset") Object.assign(element.dataset, value);
    else element.setAttribute(name, value === true ? "" : plain(value));
  }
  const shown = children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
  element.append(...shown.map(plain));
  return element;
}

/** At most so many letters of a text; what is cut off shows as an ellipsis. */
export function cut(text, most) {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

export function kbd(key) {
  return el("kbd", { "aria-hidden": "true" }, key);
}

const SHAPES = {
  plus: ["M12 5v14", "M5 12h14"],
  minus: ["M5 12h14"],
  fit: ["M4 9V4h5", "M20 9V4h-5", "M4 15v5h5", "M20 15v5h-5"],
  ink: ["M12 3a9 9 0 1 0 0 18z", "M12 3a9 9 0 0 1 0 18"],
  down: ["M6 9l6 6 6-6"],
  close: ["M6 6l12 12", "M18 6L6 18"],
};

/** A small drawing; says nothing to screen readers, so its button needs a label. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" })) {
    svg.setAttribute(key, value);
  }
  for (const shape of SHAPES[name]) {
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", shape);
    if (name === "ink" && shape.endsWith("z")) path.setAttribute("class", "filled");
    svg.append(path);
  }
  return svg;
}

/** True when a key press belongs to a field that is being typed in. */
export function typing(event) {
  const at = event.target;
  return at instanceof HTMLInputElement || at instanceof HTMLTextAreaElement || at instanceof HTMLSelectElement;
}
