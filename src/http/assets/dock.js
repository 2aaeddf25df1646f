// The dock at the foot: the ink of the place where the person is, what it is read as, and how to settle it.
import { shown } from "./decimal.js";
import { el, kbd } from "./dom.js";
import { pick, t } from "./language.js";
import { isScore, samePlace } from "./model.js";

/** Share of the box's height that is shown around it. */
const AROUND = 0.35;

export class Dock {
  #desk;
  #scan;
  #act;

  /** `act`: accept(), choose(text), edit(), next(), previous(). */
  constructor(desk, scan, act) {
    this.#desk = desk;
    this.#scan = scan;
    this.#act = act;
    this.root = el("section", { id: "dock", tabindex: "-1" });
  }

  render() {
    const held = this.root.contains(document.activeElement);
    const place = this.#desk.at;
    const doubt = place ? this.#desk.doubt(place) : null;
    const left = this.#desk.doubtful;
    this.root.className = doubt ? "look" : left.length > 0 ? "" : "done";
    this.root.setAttribute("aria-label", t("dock.label"));
    this.root.replaceChildren(
      ...(place ? [this.#ink(place), this.#what(place, left), this.#why(place, doubt)] : [this.#nothing(left)]),
      this.#buttons(doubt, left),
    );
    if (held) this.focus();
  }

  focus() {
    (this.root.querySelector("#accept:not(:disabled)") ?? this.root.querySelector("#next:not(:disabled)") ?? this.root).focus({ preventScroll: true });
  }

  #nothing(left) {
    return el("p", { class: "rest" }, left.length === 0 ? el("b", { class: "good" }, `${t("dock.allDone")} `) : t("desk.left", { n: left.length }));
  }

  #ink(place) {
    const found = this.#desk.box(place);
    if (!found) return el("div", { class: "ink" }, el("p", { class: "soft" }, t("dock.noInk")));
    const canvas = el("canvas", { role: "img", "aria-label": t("dock.ink") });
    const draw = (pixels) => canvas.isConnected && drawInk(canvas, pixels, found.box, this.#scan.sizeOf(found.page));
    // A page without a picture says so in the scan.
    this.#scan.pixels(found.page).then(draw, () => null);
    const next = this.#desk.nextDoubt(1);
    if (next?.page && next.page !== found.page) this.#scan.pixels(next.page).catch(() => null);
    return el("div", { class: "ink" }, el("span", { class: "label" }, t("dock.ink")), canvas);
  }

  #what(place, left) {
    const index = left.findIndex((d) => samePlace(d, place));
    const where = index >= 0 ? ` – ${t("dock.place", { i: index + 1, n: left.length })}` : "";
    const now = this.#desk.shown(place);
    return el(
      "div",
      { class: "what" },
      el("span", { class: "label" }, t("dock.what", { field: t(`field.${place.field}`), criterion: this.#desk.name(place.criterion) }), where),
      el("span", { class: `now ${isScore(place.field) || place.field === "number" ? "large" : ""}` }, now || el("i", {}, t("dock.empty"))),
    );
  }

  #why(place, doubt) {
    if (!doubt) return this.#certain(place);
    const given = this.#desk.open && this.#desk.canEdit(place.field) ? this.#desk.readings(doubt) : [];
    // A lone reading that stands there already is no choice: Enter accepts it.
    const readings = given.length === 1 && this.#desk.sameReading(place, given[0]) ? [] : given;
    const buttons = readings.map((text, i) =>
      el(
        "button",
        { type: "button", class: text.length > 40 ? "reading long" : "reading", "aria-pressed": String(this.#desk.sameReading(place, text)), title: text, onclick: () => this.#act.choose(text) },
        kbd(String(i + 1)),
        el("span", {}, isScore(place.field) ? shown(text) : differing(text, readings.filter((_, other) => other !== i))),
      ),
    );
    const raw = doubt.raw && doubt.raw !== this.#desk.shown(place) && doubt.raw.length < 120 ? t("dock.raw", { raw: doubt.raw }) : null;
    return el(
      "div",
      { class: "why" },
      buttons.length > 0 ? el("div", { class: "readings", role: "group", "aria-label": t("dock.readings") }, buttons) : null,
      el("p", {}, pick(doubt.reason, doubt.reason_en)),
      raw ? el("p", { class: "label" }, raw) : null,
    );
  }

  /** Where a settled value comes from. */
  #certain(place) {
    const origin = this.#desk.origin(place);
    if (!origin) return el("div", { class: "why" });
    const person = origin.readers?.includes("person");
    const sure = { readers: (origin.readers ?? []).join(", ") || "–", percent: Math.round((origin.confidence ?? 0) * 100) };
    return el(
      "div",
      { class: "why" },
      el("p", {}, person ? t("dock.person") : t("dock.certain", sure)),
      origin.restored_by ? el("p", {}, t("dock.restored", { why: origin.restored_by })) : null,
      origin.raw && origin.raw.length < 160 && origin.raw !== this.#desk.shown(place) ? el("p", { class: "label" }, t("dock.raw", { raw: origin.raw })) : null,
    );
  }

  #buttons(doubt, left) {
    const place = this.#desk.at;
    const open = this.#desk.open;
    const parts = [];
    if (doubt && open) parts.push(el("button", { type: "button", id: "accept", class: "primary", onclick: this.#act.accept }, t("dock.accept"), kbd("Enter")));
    if (place && (this.#desk.canEdit(place.field) || (place.field === "rules" && this.#desk.open && place.criterion))) parts.push(el("button", { type: "button", id: "edit", onclick: this.#act.edit }, t("dock.edit"), kbd("e")));
    if (left.length > 0) {
      parts.push(
        el("button", { type: "button", id: "previous", onclick: this.#act.previous }, t("dock.previous"), kbd("p")),
        el("button", { type: "button", id: "next", onclick: this.#act.next }, t("dock.next"), kbd("n")),
      );
    } else if (place) {
      parts.unshift(el("b", { class: "good" }, t("dock.allDone")));
    }
    return el("div", { class: "buttons" }, parts);
  }
}

/** Words of context on either side of what differs, in a long reading. */
const CONTEXT = 3;

/** A reading with the words that the others do not share marked; of a long one only these and their neighbours. */
function differing(text, others) {
  const words = text.split(/\s+/);
  if (others.length === 0) return text;
  const shared = (from) => Math.min(...others.map((other) => sharedWords(from(words), from(other.split(/\s+/)))));
  const start = shared((list) => list);
  const end = Math.min(shared((list) => list.toReversed()), words.length - start);
  const stop = words.length - end;
  const short = text.length <= 40;
  const first = short ? 0 : Math.max(0, start - CONTEXT);
  const last = short ? words.length : Math.min(words.length, stop + CONTEXT);
  const join = (a, b) => words.slice(a, b).join(" ");
  return [
    first > 0 ? "… " : "", join(first, start), " ", el("mark", {}, join(start, stop)), " ", join(stop, last), last < words.length ? " …" : "",
  ];
}

function sharedWords(a, b) {
  let n = 0;
  while (n < a.length && n < b.length && a[n] === b[n]) n += 1;
  return n;
}

/** Pixels at a cell's rim that may hold its ruling lines; of a small cell at most a twelfth. */
const RIM = 8;

/** The part of a cell that has ink, so that a lone digit fills the view; the whole cell when none stands out. */
function inked(image, [x0, y0, x1, y1]) {
  const rim = (length) => Math.min(RIM, length / 12);
  const [left, top] = [x0 + rim(x1 - x0), y0 + rim(y1 - y0)];
  const [width, height] = [Math.floor(x1 - rim(x1 - x0) - left), Math.floor(y1 - rim(y1 - y0) - top)];
  if (width < 8 || height < 8) return [x0, y0, x1, y1];
  const canvas = el("canvas", { width, height });
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.drawImage(image, left, top, width, height, 0, 0, width, height);
  const { data } = pen.getImageData(0, 0, width, height);
  const grey = new Uint8Array(width * height);
  for (let i = 0; i < grey.length; i += 1) grey[i] = (data[4 * i] * 3 + data[4 * i + 1] * 6 + data[4 * i + 2]) / 10;
  const paper = Uint8Array.from(grey).sort()[Math.floor(grey.length * 0.6)];
  const [rows, columns] = [new Uint32Array(height), new Uint32Array(width)];
  grey.forEach((value, i) => {
    if (value > paper * 0.6) return;
    rows[Math.floor(i / width)] += 1;
    columns[i % width] += 1;
  });
  // One dark pixel in a line is dust.
  const span = (counts) => [counts.findIndex((n) => n > 1), counts.findLastIndex((n) => n > 1)];
  const [[row0, row1], [column0, column1]] = [span(rows), span(columns)];
  if (row0 < 0 || column0 < 0) return [x0, y0, x1, y1];
  return [left + column0, top + row0, left + column1 + 1, top + row1 + 1];
}

/** The box with a little of what is around it, as large as the canvas allows. */
export function drawInk(canvas, image, box, size) {
  const k = image.width / size.width;
  const [x0, y0, x1, y1] = inked(image, box.map((v) => v * k));
  const density = devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth * density, canvas.clientHeight * density];
  if (x1 <= x0 || y1 <= y0 || width === 0 || image.width === 0) return;
  canvas.width = width;
  canvas.height = height;
  const pad = Math.max((y1 - y0) * AROUND, 10);
  const scale = Math.min(width / (x1 - x0 + 2 * pad), height / (y1 - y0 + 2 * pad));
  const [sw, sh] = [width / scale, height / scale];
  const [sx, sy] = [(x0 + x1 - sw) / 2, (y0 + y1 - sh) / 2];
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, width, height);
  pen.imageSmoothingQuality = "high";
  pen.drawImage(image, sx, sy, sw, sh, 0, 0, width, height);
  pen.strokeStyle = "#e2a93b";
  pen.lineWidth = 1.5 * density;
  pen.strokeRect((x0 - sx) * scale, (y0 - sy) * scale, (x1 - x0) * scale, (y1 - y0) * scale);
}
