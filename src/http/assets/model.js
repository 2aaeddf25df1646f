// The rubric on the desk: what the server said, where the person is, and every change on its way back.
import { call } from "./api.js";
import { decimal, same, shown } from "./decimal.js";
import { t } from "./language.js";

const SCORES = new Set(["max_score", "bonus", "deduction", "self_score", "verified_score"]);
const EDITABLE = new Set(["number", "title", "max_score", "bonus", "deduction", "evidence", "notes", "period", "method"]);
// The rubric itself has three values of its own.
const OWN = { title: "title", max_score: "max_score", bonus: "bonus_max" };

export const isScore = (field) => SCORES.has(field);
export const keyOf = ({ criterion, field }) => `${criterion ?? ""}|${field}`;
export const samePlace = (a, b) => Boolean(a && b) && keyOf(a) === keyOf(b);

/** Says "data" when the rubric changed, "place" when the person moved (`detail`: who moved), "saving" on the way. */
export class Desk extends EventTarget {
  constructor(who) {
    super();
    this.who = who;
    this.document = null;
    this.answer = null;
    this.etag = null;
    this.at = null;
    this.savedAt = null;
    this.busy = false;
  }

  get rubric() {
    return this.answer?.rubric ?? null;
  }

  get doubtful() {
    return this.answer?.doubtful ?? [];
  }

  get state() {
    return this.answer?.state ?? "draft";
  }

  /** True while the rubric can be edited at all. */
  get open() {
    return this.state === "draft" || this.state === "returned";
  }

  canEdit(field) {
    return this.open && EDITABLE.has(field);
  }

  criterion(id) {
    return this.rubric?.criteria.find((c) => c.id === id) ?? null;
  }

  /** The value as the server writes it: text, null, or a list for data items. */
  value({ criterion, field }) {
    if (!criterion) return this.rubric?.[OWN[field]] ?? null;
    return this.criterion(criterion)?.[field] ?? null;
  }

  /** The value as people write it. */
  shown(place) {
    const value = this.value(place);
    if (Array.isArray(value)) return value.join("\n");
    return isScore(place.field) ? shown(value) : (value ?? "");
  }

  /** Where the value was read. */
  origin({ criterion, field }) {
    const of = criterion ? this.criterion(criterion) : this.rubric;
    return (of?.provenance ?? []).find((p) => p.field === field) ?? null;
  }

  doubt(place) {
    return this.doubtful.find((d) => samePlace(d, place)) ?? null;
  }

  /** Pages and boxes of a value: a cell that a page break cuts has two. */
  boxes(place) {
    const of = place.criterion ? this.criterion(place.criterion) : this.rubric;
    const read = (of?.provenance ?? []).filter((p) => p.field === place.field);
    const found = read.length > 0 ? read : [this.doubt(place)].filter(Boolean);
    return found.filter(({ box }) => box && box[2] > box[0] && box[3] > box[1]).map(({ page, box }) => ({ page, box }));
  }

  /** The first of them; null when the value is not on the scan. */
  box(place) {
    const doubt = this.doubt(place);
    const all = this.boxes(place);
    return all.find(({ page }) => page === doubt?.page) ?? all[0] ?? null;
  }

  /** "tiêu chí I.6" */
  name(criterion) {
    return criterion ? t("of.criterion", { id: criterion }) : t("of.rubric");
  }

  take({ body, etag }) {
    this.answer = body;
    this.etag = etag ?? `"${body.version}"`;
    if (this.at?.criterion && !this.criterion(this.at.criterion)) this.at = null;
    this.dispatchEvent(new Event("data"));
  }

  async load(rubricId) {
    this.take(await call("GET", `/rubrics/${encodeURIComponent(rubricId)}`));
  }

  goTo(place, mover) {
    this.at = place;
    this.dispatchEvent(new CustomEvent("place", { detail: mover }));
  }

  /** The doubtful place `by` places further on in the server's order, worst first, round the end; from elsewhere its first or last. */
  nextDoubt(by) {
    const left = this.doubtful;
    if (left.length === 0) return null;
    const index = left.findIndex((d) => samePlace(d, this.at));
    if (index < 0) return by > 0 ? left[0] : left.at(-1);
    return left[(index + by + left.length) % left.length];
  }

  edit(place, typed) {
    const value = typed.trim() === "" ? null : typed;
    return this.#change({ edits: [{ criterion: place.criterion ?? null, field: place.field, value }] });
  }

  accept(place) {
    return this.#change({ accept: [{ criterion: place.criterion ?? null, field: place.field }] });
  }

  undo() {
    return this.#change({ undo: true });
  }

  /** submit, confirm, or return with a comment. */
  step(name, json) {
    return this.#send("POST", `/${name}`, json ?? {});
  }

  #change(json) {
    return this.#send("PATCH", "", json);
  }

  async #send(method, path, json) {
    this.busy = true;
    this.dispatchEvent(new Event("saving"));
    try {
      const id = encodeURIComponent(this.answer.id);
      const answer = await call(method, `/rubrics/${id}${path}`, { json, ifMatch: this.etag });
      this.savedAt = new Date();
      this.busy = false;
      if (answer.body?.rubric) this.take(answer);
      else await this.load(this.answer.id);
    } finally {
      this.busy = false;
      this.dispatchEvent(new Event("saving"));
    }
  }

  /** The readings to choose from; what stands there now is among them. */
  readings(doubt) {
    const given = [...new Set(doubt.candidates ?? [])].filter((text) => text !== "");
    const now = this.shown(doubt);
    if (now && !given.some((text) => this.sameReading(doubt, text))) given.push(now);
    return given.slice(0, 9);
  }

  /** True when `text` says what stands at the place already. */
  sameReading(place, text) {
    const now = this.value(place);
    if (!isScore(place.field)) return text === now;
    const [a, b] = [decimal(text), decimal(now)];
    return Boolean(a && b && same(a, b));
  }
}
