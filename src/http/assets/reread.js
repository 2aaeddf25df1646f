// Reading the document once more: what would change is shown first, and put in place only when somebody says so.
import { call } from "./api.js";
import { shown } from "./decimal.js";
import { el } from "./dom.js";
import { dateTime, knows, pick, t } from "./language.js";
import { isScore } from "./model.js";
import { say } from "./shell.js";

const NOTHING = { state: "none" };

export class Rereading {
  #desk;
  #act;
  #body = NOTHING;
  #etag = null;
  #busy = false;

  /** `act`: go(line, rubricId), accepted(). */
  constructor(desk, act) {
    this.#desk = desk;
    this.#act = act;
    this.root = el("section", { class: "reread", tabindex: "-1", "aria-labelledby": "tab-reread" });
  }

  get #path() {
    return `/documents/${encodeURIComponent(this.#desk.document.id)}/reread`;
  }

  /** Asks where it stands, and shows it. */
  async load() {
    const { body, etag } = await call("GET", this.#path);
    this.#body = body;
    this.#etag = etag;
    this.render();
  }

  /** Takes in what the stream of everything tells. */
  async hear(news) {
    if (news.state !== "reading" || this.#body.state !== "reading") return this.load();
    Object.assign(this.#body, { pages: news.pages, pages_done: news.pages_done });
    this.render();
  }

  render() {
    const held = this.root.contains(document.activeElement);
    const at = held ? document.activeElement.id : "";
    this.root.dataset.state = this.#body.state;
    this.root.replaceChildren(...[this.#content()].flat().filter(Boolean));
    if (held) (at && this.root.querySelector(`#${at}`) ? this.root.querySelector(`#${at}`) : this.root).focus({ preventScroll: true });
  }

  #content() {
    if (this.#desk.document.state !== "ready") return el("p", { class: "pane-note" }, t("reread.notRead"));
    const { state } = this.#body;
    if (state === "reading") return this.#progress();
    if (state === "failed") return this.#failed();
    if (state === "ready") return this.#preview(this.#body.preview);
    return [el("p", {}, t("reread.lead")), el("div", { class: "answers" }, this.#button("reread-ask", "reread.ask", () => this.#ask(), "primary"))];
  }

  #button(id, words, does, kind) {
    return el("button", { type: "button", id, class: kind, disabled: this.#busy, onclick: does }, t(words));
  }

  #progress() {
    const { pages, pages_done: done } = this.#body;
    return [
      el("p", { role: "status" }, pages ? t("desk.reading", { done: done ?? 0, pages }) : t("desk.queued")),
      el("progress", { max: pages || 1, value: done ?? 0, "aria-label": t("tab.reread") }),
      el("p", { class: "soft" }, t("reread.meanwhile")),
      el("div", { class: "answers" }, this.#button("reread-discard", "reread.stop", () => this.#discard())),
    ];
  }

  #failed() {
    const { problem } = this.#body;
    return [
      el("p", { class: "bad", role: "alert" }, t("reread.failed", { why: pick(problem.message_vi, problem.message_en) })),
      el("div", { class: "answers" }, this.#button("reread-ask", "reread.askAgain", () => this.#ask(), "primary"), this.#button("reread-discard", "reread.forget", () => this.#discard())),
    ];
  }

  #preview(preview) {
    const { count, acceptable, blocks, rubrics } = preview;
    return [
      el("p", { role: "status" }, el("b", {}, count > 0 ? t("reread.count", { n: count }) : t("reread.same")), " ", kept(rubrics)),
      blocks.map((block) => el("p", { class: "notice bad block" }, pick(block.message_vi, block.message_en))),
      el(
        "div",
        { class: "answers" },
        this.#button("reread-accept", "reread.accept", () => this.#accept(), "primary"),
        this.#button("reread-discard", "reread.discard", () => this.#discard(), "danger"),
      ),
      acceptable && rubrics.some((r) => r.state === "submitted") ? el("p", { class: "look" }, t("reread.draftAgain")) : null,
      rubrics.map((rubric) => this.#rubric(rubric, rubrics.length > 1)),
      this.#made(preview),
    ].flat();
  }

  #rubric(rubric, several) {
    const lines = rubric.changes.map((line) => el("li", {}, this.#line(line, rubric)));
    const fate = rubric.fate === "kept" ? null : el("p", { class: "look" }, t(`reread.table.${rubric.fate}`));
    return el(
      "section",
      {},
      several || fate ? el("h2", {}, rubric.title || t("desk.rubric")) : null,
      fate,
      rubric.to_accept_again > 0 ? el("p", { class: "look" }, t("reread.rulesAgain", { n: rubric.to_accept_again })) : null,
      rubric.fate === "kept" ? el("p", { class: "soft" }, t("reread.doubtful", { before: rubric.doubtful_before, after: rubric.doubtful_after })) : null,
      lines.length > 0 ? el("ul", { class: "changes" }, lines) : null,
    );
  }

  #line(line, rubric) {
    const called = line.field ? (knows(`field.${line.field}`) ? t(`field.${line.field}`) : t(`compare.field.${line.field}`)) : null;
    const words = (value) => (value === null ? t("dock.empty") : isScore(line.field) ? shown(value) : value);
    const where = [line.name || t("of.rubric"), line.page ? t("reread.page", { page: line.page }) : null].filter(Boolean).join(" · ");
    return el(
      "button",
      { type: "button", class: "finding", dataset: { what: line.what, criterion: line.criterion ?? "", field: line.field ?? "" }, title: t("findings.go"), onclick: () => this.#act.go(line, rubric.id) },
      el("span", { class: "severity" }, t(`reread.what.${line.what}`)),
      line.what === "changed" ? el("span", { class: "said" }, el("b", {}, `${called}: `), el("del", {}, words(line.before)), " → ", el("ins", {}, words(line.after))) : el("span", { class: "said" }, t(`reread.why.${line.what}`)),
      el("span", { class: "label" }, where),
    );
  }

  /** What made either reading. */
  #made({ old, new: fresh, differs }) {
    const said = differs.length > 0 ? t("reread.differs", { names: differs.map((name) => (knows(`reread.part.${name}`) ? t(`reread.part.${name}`) : name)).join(", ") }) : t("reread.sameParts");
    const version = old.version === fresh.version ? fresh.version : `${old.version || "?"} → ${fresh.version || "?"}`;
    return [
      el("p", { class: "label made" }, `sohoa ${version}. ${said}`),
      el("p", { class: "label" }, t("reread.askedBy", { user: this.#body.asked_by, time: dateTime(this.#body.asked_at) })),
    ];
  }

  /** Does something at the server while no button can be pressed, then shows where it stands. */
  async #doing(what) {
    this.#busy = true;
    this.root.focus({ preventScroll: true });
    this.render();
    try {
      return await what();
    } finally {
      this.#busy = false;
      await this.load().catch(say);
    }
  }

  #ask() {
    return this.#doing(() => call("POST", this.#path)).catch(say);
  }

  #discard() {
    const done = this.#body.state === "ready" ? "reread.discarded" : "reread.stopped";
    return this.#doing(() => call("DELETE", this.#path)).then(() => say(t(done)), say);
  }

  /** What this person has not sent yet goes first: it is part of what is kept. */
  async #accept() {
    await this.#desk.outbox?.flush();
    if (this.#desk.outbox?.entries.length > 0) return say(new Error(t("error.network")));
    await this.#doing(async () => {
      await call("POST", `${this.#path}/accept`, { ifMatch: this.#etag });
      await this.#act.accepted();
    }).then(() => say(t("reread.accepted")), say);
  }
}

/** What people did that stays, over all tables. */
function kept(rubrics) {
  const sum = (name) => rubrics.reduce((all, rubric) => all + rubric[name], 0);
  const [changes, accepted] = [sum("kept_changes"), sum("kept_accepted")];
  return changes + accepted > 0 ? t("reread.kept", { changes, accepted }) : t("reread.nothingKept");
}
