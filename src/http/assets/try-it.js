// "Try it": answers of a unit beside the criteria, and the points that they bring, with the way there.
import { call } from "./api.js";
import { shown } from "./decimal.js";
import { el } from "./dom.js";
import { pick, t } from "./language.js";

const PAUSE = 150;

export class TryIt {
  #desk;
  #answers = {};
  #of = null;
  #timer;
  #asked = 0;
  #lines = new Map();

  constructor(desk) {
    this.#desk = desk;
    this.root = el("div", { class: "try" });
  }

  /** Draws the questions of the rubric as it stands; what was answered stays. */
  async render() {
    const id = this.#desk.answer.id;
    if (this.#of !== id) {
      this.#of = id;
      this.#answers = {};
    }
    const { body } = await call("GET", `/rubrics/${encodeURIComponent(id)}/questions`);
    const asked = new Map(body.criteria.map((c) => [c.id, c.questions]));
    this.#lines.clear();
    this.total = el("output", { id: "try-total" });
    const rows = this.#desk.rubric.criteria.map((criterion) => this.#row(criterion, asked.get(criterion.id)));
    this.root.replaceChildren(
      el("p", { class: "label" }, t("try.help")),
      el(
        "table",
        { class: "try-table", "aria-label": t("tab.try") },
        el("thead", {}, el("tr", {}, ["number", "title", "try.answer", "try.points"].map((key) => el("th", { scope: "col" }, t(key.includes(".") ? key : `field.${key}`))))),
        el("tbody", {}, rows),
        el("tfoot", {}, el("tr", {}, el("td"), el("th", { scope: "row" }, t("try.total")), el("td"), el("td", {}, this.total))),
      ),
    );
    await this.#score();
  }

  #row(criterion, questions) {
    const points = el("output", { class: "points" });
    const trace = el("small", { class: "trace" });
    this.#lines.set(criterion.id, { points, trace });
    return el(
      "tr",
      { class: questions ? null : "section", dataset: { criterion: criterion.id } },
      el("td", {}, criterion.number),
      el("td", {}, criterion.title, trace),
      el("td", { class: "answers-of" }, (questions ?? []).map((q) => this.#question(criterion, q))),
      el("td", {}, points),
    );
  }

  #question(criterion, { kind, name, about, labels }) {
    const answer = () => (this.#answers[criterion.id] ??= {});
    const label = `${criterion.number || criterion.id}: ${about || name || t(`try.${kind}`)}`;
    if (kind === "choice") {
      const choose = (event) => this.#put(answer(), "choice", event.target.value);
      return el("select", { "aria-label": label, onchange: choose }, [el("option", { value: "" }, "–"), ...labels.map((text) => el("option", { value: text, selected: this.#answers[criterion.id]?.choice === text }, text))]);
    }
    if (kind === "components") {
      const ticked = (this.#answers[criterion.id]?.components ?? []).slice();
      return labels.map((text, i) =>
        el("label", { class: "tick" }, el("input", { type: "checkbox", checked: Boolean(ticked[i]), onchange: (event) => this.#tick(answer(), labels.length, i, event.target.checked) }), text),
      );
    }
    const known = this.#answers[criterion.id] ?? {};
    const value = { value: known.value, count: known.count, points: known.points, variable: known[name], counts: known.counts?.[name] }[kind] ?? "";
    const put = (event) => {
      const text = event.target.value.trim();
      if (kind === "counts") this.#put((answer().counts ??= {}), name, text);
      else this.#put(answer(), kind === "variable" ? name : kind, text);
    };
    const after = kind === "count" || kind === "counts" || kind === "value" ? name : kind === "variable" ? "" : t("try.points").toLowerCase();
    return el("label", { class: "question" }, kind === "variable" ? `${name} =` : null, el("input", { "aria-label": label, title: about || null, inputmode: "decimal", autocomplete: "off", value, oninput: put }), after);
  }

  #put(into, key, text) {
    if (text === "") delete into[key];
    else into[key] = text;
    this.#later();
  }

  #tick(answer, count, index, on) {
    answer.components ??= Array.from({ length: count }, () => false);
    answer.components[index] = on;
    this.#later();
  }

  #later() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#score(), PAUSE);
  }

  async #score() {
    const own = (this.#asked += 1);
    try {
      const { body } = await call("POST", `/rubrics/${encodeURIComponent(this.#of)}/score`, { json: this.#given() });
      if (own !== this.#asked) return;
      for (const { id, points, trace, trace_en: english, refused } of body.criteria) {
        const line = this.#lines.get(id);
        if (!line) continue;
        line.points.textContent = points === null ? "" : shown(points);
        line.trace.textContent = refused ? pick(refused.message, refused.message_en) : pick(trace, english);
        line.trace.className = refused ? "trace bad" : "trace";
      }
      this.total.textContent = body.max === null ? shown(body.total) : t("try.of", { total: shown(body.total), max: shown(body.max) });
      this.total.className = "";
    } catch (problem) {
      if (own !== this.#asked) return;
      this.total.textContent = problem.message;
      this.total.className = "bad";
    }
  }

  /** What has an answer at all. */
  #given() {
    const filled = (answer) => Object.entries(answer).filter(([, value]) => (typeof value === "object" && !Array.isArray(value) ? Object.keys(value).length > 0 : true));
    return Object.fromEntries(Object.entries(this.#answers).map(([id, answer]) => [id, Object.fromEntries(filled(answer))]).filter(([, answer]) => Object.keys(answer).length > 0));
  }
}
