// What stands beside the criteria: findings, the text, the history.
import { call } from "./api.js";
import { el } from "./dom.js";
import { dateTime, knows, pick, t } from "./language.js";
import { isScore } from "./model.js";
import { shown } from "./decimal.js";
import { wordsOf } from "./rules.js";
import { FIELDS } from "./table.js";

const ORDER = { error: 0, warning: 1, info: 2 };

export function allFindings(desk) {
  const of = (list, whole) => (list ?? []).map((finding) => ({ ...finding, whole }));
  return [...of(desk.rubric?.findings, false), ...of(desk.document?.findings, true)].sort((a, b) => ORDER[a.severity] - ORDER[b.severity]);
}

/** The findings, each a button that leads to its cell and its box. */
export function findingsPane(desk, go) {
  const found = allFindings(desk);
  if (found.length === 0 && desk.mended.length === 0) return el("p", { class: "pane-note good" }, t("findings.none"));
  const groups = ["decision", "reading"].map((about) => [about, found.filter((f) => f.about === about)]);
  return el(
    "div",
    { class: "findings" },
    groups
      .filter(([, list]) => list.length > 0)
      .map(([about, list]) => [
        el("h2", {}, t(`findings.${about}`)),
        el("ul", {}, list.map((finding) => el("li", {}, one(finding, desk, go)))),
      ]),
    desk.mended.length > 0 ? [el("h2", {}, t("findings.mended")), el("ul", { class: "mended" }, desk.mended.map((finding) => el("li", {}, mended(finding, desk))))] : null,
    found.length === 0 ? el("p", { class: "pane-note good" }, t("findings.none")) : null,
  );
}

/** What an edit has put right stays in view, struck out, until the page is left. */
function mended(finding, desk) {
  return el(
    "div",
    { class: "finding" },
    el("span", { class: "severity good" }, t("findings.done")),
    el("del", { class: "said" }, pick(finding.message, finding.message_en)),
    el("span", { class: "label" }, finding.criterion ? desk.name(finding.criterion) : ""),
  );
}

function one(finding, desk, go) {
  const linked = finding.criterion || finding.page;
  const where = [finding.criterion ? desk.name(finding.criterion) : null, finding.page ? t("scan.page", { page: finding.page, pages: desk.document?.page_list?.length ?? "" }) : null];
  const inside = [
    el("span", { class: `severity ${finding.severity}` }, t(`severity.${finding.severity}`)),
    el("span", { class: "said" }, pick(finding.message, finding.message_en)),
    el("span", { class: "label" }, where.filter(Boolean).join(" · ")),
  ];
  return linked
    ? el("button", { type: "button", class: "finding", title: t("findings.go"), onclick: () => go(finding) }, inside)
    : el("div", { class: "finding" }, inside);
}

export function textPane(desk) {
  const text = desk.document?.text ?? "";
  return text.trim() === ""
    ? el("p", { class: "pane-note" }, t("text.none"))
    : el("div", { class: "whole-text", tabindex: "0", role: "region", "aria-label": t("tab.text") }, text);
}

/** The history, newest first; what was taken back is struck out. */
export async function historyPane(desk) {
  if (!desk.answer) return el("p", { class: "pane-note" }, t("history.none"));
  const { body } = await call("GET", `/rubrics/${encodeURIComponent(desk.answer.id)}/history`);
  const events = body?.events ?? [];
  if (events.length === 0) return el("p", { class: "pane-note" }, t("history.none"));
  const undone = new Set(events.map((event) => event.undoes).filter(Boolean));
  return el("ol", { class: "history" }, events.toReversed().map((event) => entry(event, desk, undone.has(event.seq))));
}

/** The way to a version as it was, beside how it is now. */
function lookAt(version, desk) {
  if (version >= desk.answer.version) return el("p", { class: "label" }, t("history.now", { n: version }));
  const address = `/rubrics/${encodeURIComponent(desk.answer.id)}/compare?against=version:${version}`;
  return el("p", {}, el("a", { class: "version", href: address }, t("history.version", { n: version })));
}

const roleWords = (role) => (FIELDS[role] ? t(`field.${FIELDS[role]}`) : t("columns.other"));

function entry(event, desk, undone) {
  const words = (value) => (value === null || value === undefined ? t("dock.empty") : isScore(event.field) ? shown(value) : value);
  const place = event.field ? { field: t(`field.${event.field}`).toLowerCase(), criterion: desk.name(event.criterion) } : {};
  if (!event.field && event.criterion) place.criterion = desk.criterion(event.criterion) ? desk.name(event.criterion) : t("of.criterion", { id: event.criterion });
  if (event.kind === "column_recast") place.change = `${event.column + 1}: ${roleWords(event.before)} → ${roleWords(event.after)}`;
  const what = knows(`history.${event.kind}`) ? t(`history.${event.kind}`, place) : t("history.other", { action: event.kind });
  return el(
    "li",
    { class: undone ? "undone" : null },
    el("time", { datetime: event.at }, dateTime(event.at)),
    el(
      "div",
      {},
      el("p", {}, el("b", {}, event.author), ` ${what}`),
      event.kind === "edited" ? el("p", { class: "change" }, el("del", {}, words(event.before)), " → ", el("ins", {}, words(event.after))) : null,
      event.kind === "rules_edited" ? el("p", { class: "change" }, el("del", {}, words(wordsOf(event.rules_before))), " → ", el("ins", {}, words(wordsOf(event.rules_after)))) : null,
      event.kind === "row_removed" ? el("p", { class: "change" }, el("del", {}, event.before)) : null,
      event.kind === "row_moved" ? el("p", { class: "change" }, `${event.from?.parent ?? "–"} → ${event.to?.parent ?? "–"}`) : null,
      event.comment ? el("p", { class: "comment" }, event.comment) : null,
      lookAt(event.version, desk),
    ),
  );
}
