// The rubric on the desk: what the server said, where the person is, and every change on its way back.
import { call, Problem } from "./api.js";
import { decimal, same, shown } from "./decimal.js";
import { Drafts, shelf } from "./kept.js";
import { t } from "./language.js";
import { Outbox } from "./outbox.js";
import { wordsOf } from "./rules.js";

const SCORES = new Set(["max_score", "bonus", "deduction", "self_score", "verified_score"]);
const EDITABLE = new Set(["number", "title", "max_score", "bonus", "deduction", "self_score", "verified_score", "evidence", "data_items", "notes", "period", "method"]);
// The rubric itself has three values of its own.
const OWN = { title: "title", max_score: "max_score", bonus: "bonus_max" };

export const isScore = (field) => SCORES.has(field);
export const keyOf = ({ criterion, field }) => `${criterion ?? ""}|${field}`;
export const samePlace = (a, b) => Boolean(a && b) && keyOf(a) === keyOf(b);

/**
 * Says "data" when the rubric changed, "place" when the person moved (`detail`: who moved), "saving" when what is under way
 * changed, and "refused" (`detail`: the place, what was typed, why) when the server refused what it had got late.
 */
export class Desk extends EventTarget {
  #index = null;
  #doubtful = null;

  /** `choose(entry, theirs)` asks the person which of two values is to stand: "mine" or "theirs". */
  constructor(who, { choose } = {}) {
    super();
    this.who = who;
    this.document = null;
    this.answer = null;
    this.etag = null;
    this.at = null;
    this.savedAt = null;
    /** Findings that edits have mended since the page was opened, the latest first. */
    this.mended = [];
    this.stepping = false;
    this.outbox = null;
    this.drafts = null;
    this.#choose = choose;
  }

  #choose;

  get rubric() {
    return this.answer?.rubric ?? null;
  }

  /** What is left to look at; what the person settled is out of it before the server knows. */
  get doubtful() {
    this.#doubtful ??= (this.answer?.doubtful ?? []).filter((doubt) => !this.outbox?.pending(keyOf(doubt)));
    return this.#doubtful;
  }

  get state() {
    return this.answer?.state ?? "draft";
  }

  /** True while the rubric can be edited at all. */
  get open() {
    return this.state === "draft" || this.state === "returned";
  }

  get busy() {
    return this.stepping || Boolean(this.outbox?.busy);
  }

  /** True when there is something to take back, here or with the server. */
  get canUndo() {
    return this.open && (Boolean(this.answer?.can_undo) || (this.outbox?.entries.length ?? 0) > 0);
  }

  canEdit(field) {
    return this.open && EDITABLE.has(field);
  }

  /** Criteria, their provenance and what is doubtful, by their keys: a long rubric asks thousands of times. */
  get #by() {
    if (this.#index) return this.#index;
    const criteria = new Map((this.rubric?.criteria ?? []).map((c) => [c.id, c]));
    const doubts = new Map(this.doubtful.map((doubt) => [keyOf(doubt), doubt]));
    this.#index = { criteria, doubts };
    return this.#index;
  }

  #changed() {
    this.#index = null;
    this.#doubtful = null;
    this.dispatchEvent(new Event("data"));
  }

  criterion(id) {
    return this.#by.criteria.get(id) ?? null;
  }

  /** The value as the server has it: text, null, or a list for data items. */
  stored({ criterion, field }) {
    if (!criterion) return this.rubric?.[OWN[field]] ?? null;
    return this.criterion(criterion)?.[field] ?? null;
  }

  /** The value as it stands for the person: what they typed, on its way or not. */
  value(place) {
    const pending = this.outbox?.pending(keyOf(place));
    return pending ? pending.mine : this.stored(place);
  }

  /** True while the server has not got what the person made of this place. */
  unsent(place) {
    return Boolean(this.outbox?.pending(keyOf(place)));
  }

  /** The value as people write it. */
  shown(place) {
    return this.written(place, this.value(place));
  }

  /** Any value of a place as people write it. */
  written(place, value) {
    if (place.field === "rules") return wordsOf(value);
    if (Array.isArray(value)) return value.join("\n");
    return isScore(place.field) ? shown(value) : (value ?? "");
  }

  /** Where the value was read. */
  origin({ criterion, field }) {
    const of = criterion ? this.criterion(criterion) : this.rubric;
    return (of?.provenance ?? []).find((p) => p.field === field) ?? null;
  }

  doubt(place) {
    return this.#by.doubts.get(keyOf(place)) ?? null;
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
    this.#settled(body);
    this.answer = body;
    this.etag = etag ?? `"${body.version}"`;
    this.#index = null;
    this.#doubtful = null;
    if (this.at?.criterion && !this.criterion(this.at.criterion)) this.at = null;
    this.dispatchEvent(new Event("data"));
  }

  /** Notes which findings are gone with the new answer; one that comes back, were it in other words, is mended no more. */
  #settled(answer) {
    if (this.answer?.id !== answer.id) {
      this.mended = [];
      return;
    }
    const one = (finding) => JSON.stringify([finding.code, finding.criterion, finding.field]);
    const now = new Set((answer.rubric.findings ?? []).map(one));
    const gone = (this.rubric.findings ?? []).filter((finding) => !now.has(one(finding)));
    this.mended = [...gone, ...this.mended].filter((finding, i, all) => !now.has(one(finding)) && all.findIndex((other) => one(other) === one(finding)) === i);
  }

  /** Puts a rubric on the desk, with what this person left unsent of it. */
  async bring(rubricId) {
    const answer = await call("GET", path(rubricId));
    if (this.answer?.id !== rubricId) this.#furnish(rubricId);
    this.take(answer);
    this.outbox.flush();
  }

  #furnish(rubricId) {
    const kept = shelf(this.who.user, rubricId);
    this.drafts = new Drafts(kept);
    this.outbox = new Outbox(kept, {
      path: () => path(rubricId),
      version: () => this.answer?.version,
      etag: () => this.etag,
      value: (place) => this.stored(place),
      load: () => this.load(),
      take: (answer) => {
        this.savedAt = new Date();
        this.take(answer);
      },
      same: (place, a, b) => sameValue(place, a, b),
      choose: (entry, theirs) => this.#choose(entry, theirs),
    });
    this.outbox.addEventListener("change", () => this.answer?.id === rubricId && this.#changed());
    this.outbox.addEventListener("connection", () => this.dispatchEvent(new Event("saving")));
    this.outbox.addEventListener("refused", ({ detail }) => this.dispatchEvent(new CustomEvent("refused", { detail })));
  }

  /** What the server has now. */
  async load() {
    this.take(await call("GET", path(this.answer.id)));
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

  /**
   * Changes a value. `began`: what stood there when the person began, and the version that they saw then. Settles to "sent",
   * or "kept" while there is no connection; fails with a Problem when the server refuses it.
   */
  edit(place, typed, began = this.begin(place)) {
    const mine = typed.trim() === "" ? null : typed;
    return this.#put(place, mine, began, { edits: [{ ...exact(place), value: mine }] });
  }

  accept(place) {
    return this.#put(place, this.value(place), this.begin(place), { accept: [exact(place)] });
  }

  /** Any other change of the interface's; without a connection it waits with the others. */
  change(json) {
    return this.outbox.put({ json, seen: this.answer.version });
  }

  /** What a person sees who begins to change a place. */
  begin(place) {
    return { before: this.value(place), seen: this.answer.version };
  }

  #put(place, mine, { before, seen }, json) {
    return this.outbox.put({ json, key: keyOf(place), place: exact(place), mine, before, seen });
  }

  /** Takes back the last change, were it only this browser that has it. */
  async undo() {
    if (this.outbox.takeBack()) return;
    await this.#through();
    await this.#send("PATCH", "", { undo: true });
  }

  /** submit, confirm, or return with a comment. */
  async step(name, json) {
    await this.#through();
    await this.#send("POST", `/${name}`, json ?? {});
  }

  /** Waits until the server has everything; fails when it cannot be reached. */
  async #through() {
    await this.outbox.flush();
    if (this.outbox.entries.length > 0) throw this.outbox.held ?? new Problem(0, null);
  }

  async #send(method, under, json) {
    this.stepping = true;
    this.dispatchEvent(new Event("saving"));
    try {
      const answer = await call(method, path(this.answer.id) + under, { json, ifMatch: this.etag });
      this.savedAt = new Date();
      if (answer.body?.rubric) this.take(answer);
      else await this.load();
    } finally {
      this.stepping = false;
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
    return sameValue(place, text, this.value(place));
  }
}

function path(rubricId) {
  return `/rubrics/${encodeURIComponent(rubricId)}`;
}

/** A place as the interface writes it. */
function exact({ criterion, field }) {
  return { criterion: criterion ?? null, field };
}

/** True when two values say the same: `1,5` and `1.50` do. */
function sameValue(place, one, other) {
  if (!isScore(place.field)) return flat(one) === flat(other);
  const [a, b] = [decimal(one), decimal(other)];
  return a && b ? same(a, b) : flat(one) === flat(other);
}

function flat(value) {
  return Array.isArray(value) ? JSON.stringify(value) : String(value ?? "").trim();
}
