// Which confirmed decision a new one changes: proposals with their reasons; a person decides.
import { el } from "./dom.js";
import { pick, t } from "./language.js";

/** `act`: settle(rubric id or null), compare(rubric id). */
export function settleBox(page, act) {
  const { answer, amends } = page;
  if (answer.superseded) return box(el("p", {}, t("compare.superseded", { user: answer.superseded.by }), " ", link(answer.superseded.rubric)));
  const open = answer.state === "draft" || answer.state === "returned";
  const waits = answer.state === "submitted";
  if (!open) return amends.rubric ? box(el("p", {}, t(waits ? "compare.willSupersede" : "compare.amends"), " ", link(amends.rubric))) : null;
  return box(
    el("h2", {}, t("compare.which")),
    el("p", { id: "settled", class: "soft", role: "status" }, said(amends)),
    el("ul", {}, amends.candidates.map((candidate) => row(candidate, amends, act))),
    amends.candidates.length === 0 ? el("p", {}, t("compare.noCandidate")) : null,
    el(
      "div",
      { class: "answers" },
      el("button", { type: "button", id: "amends-none", "aria-pressed": String(amends.settled && !amends.rubric), onclick: () => act.settle(null) }, t("compare.none")),
    ),
  );
}

function box(...content) {
  return el("section", { id: "settle" }, content);
}

function link(rubric) {
  return el("a", { href: `/rubrics/${encodeURIComponent(rubric)}/compare` }, t("compare.open"));
}

function said(amends) {
  if (!amends.settled) return t("compare.unsettled");
  return t(amends.rubric ? "compare.settled" : "compare.settledNone");
}

function row(candidate, amends, act) {
  const name = [candidate.number, candidate.title].filter(Boolean).join(" · ");
  const reasons = candidate.reasons.map((reason) => pick(reason.vi, reason.en)).join(" ");
  const settled = amends.rubric === candidate.rubric;
  return el(
    "li",
    { dataset: { candidate: candidate.rubric } },
    el("div", {}, el("b", {}, name), el("p", { class: "label" }, reasons)),
    el("button", { type: "button", onclick: () => act.compare(candidate.rubric) }, t("compare.show")),
    el("button", { type: "button", class: "settle", "aria-pressed": String(settled), onclick: () => act.settle(candidate.rubric) }, t(settled ? "compare.isThis" : "compare.thisOne")),
  );
}
