// One document in the inbox.
import { el } from "./dom.js";
import { day, knows, pick, t } from "./language.js";

const COLOURS = { queued: "here", reading: "here", draft: "look", returned: "look", ready: "", submitted: "here", confirmed: "good", superseded: "", failed: "bad" };
const ORDER = ["returned", "draft", "submitted", "confirmed", "superseded"];

/** Where the document stands: its rubric that needs most, or how far the reading is. */
export function stateOf(entry) {
  if (entry.state !== "ready") return entry.state;
  const states = (entry.rubrics ?? []).map((r) => r.state);
  return ORDER.find((state) => states.includes(state)) ?? "ready";
}

stateOf.why = (entry) => pick(entry.problem?.message_vi, entry.problem?.message_en) ?? "";

export function row(entry, here) {
  const state = stateOf(entry);
  const open = `/documents/${encodeURIComponent(entry.id)}`;
  const first = (entry.rubrics ?? [])[0];
  const title = (entry.rubrics?.length === 1 && first.title) || entry.title || entry.file;
  return el(
    "tr",
    { class: here ? "here" : null, dataset: { document: entry.id, state }, onclick: (event) => follow(event, open) },
    el("td", { class: "document" }, el("a", { class: "open", href: open }, title), el("small", {}, about(entry, title))),
    el("td", { class: "state" }, el("span", { class: `chip ${COLOURS[state] ?? ""}` }, t(`state.${state}`)), progress(entry)),
    known("quality", quality(entry)),
    known("doubtful", doubtful(entry)),
    known("findings", findings(entry)),
    el("td", { class: "by", "data-label": t("inbox.col.by") }, entry.uploaded_by ?? ""),
  );
}

/** A cell whose content may not be known yet. */
function known(name, content) {
  return el("td", { class: content ? name : `${name} none`, "data-label": t(`inbox.col.${name}`) }, content ?? "–");
}

/** The whole row opens the document; the link in it is what the keyboard and screen readers use. */
function follow(event, href) {
  if (event.target.closest("a, button") || getSelection()?.toString()) return;
  location.assign(href);
}

function about(entry, title) {
  const known = [entry.number, entry.date ? day(entry.date) : null];
  if (entry.pages) known.push(t("inbox.pages", { n: entry.pages }));
  if ((entry.rubrics ?? []).length > 1) known.push(t("inbox.rubrics", { n: entry.rubrics.length }));
  if (title !== entry.file) known.push(entry.file);
  return known.filter(Boolean).join(" · ");
}

function progress(entry) {
  if (entry.state === "queued") return el("small", {}, t("inbox.position"));
  if (entry.state !== "reading") return null;
  const label = t("inbox.page", { done: entry.pages_done ?? 0, pages: entry.pages || "…" });
  const bar = el("progress", { max: entry.pages || 1, value: entry.pages_done ?? 0, "aria-label": label });
  return [bar, el("small", {}, label)];
}

function quality(entry) {
  if (entry.state !== "ready") return null;
  const said = (entry.verdicts ?? []).map((v) => (knows(`verdict.${v}`) ? t(`verdict.${v}`) : v));
  const notes = (entry.notes ?? []).slice(0, 2).map((note) => el("small", { class: "look" }, note));
  return said.length + notes.length > 0 ? [el("span", {}, said.join(", ")), ...notes] : null;
}

function doubtful(entry) {
  if (entry.state !== "ready") return null;
  if ((entry.rubrics ?? []).length === 0) return el("span", { class: "soft" }, t("inbox.noRubric"));
  return entry.doubtful > 0 ? el("span", { class: "chip look" }, t("inbox.cells", { n: entry.doubtful })) : el("span", { class: "good" }, "0");
}

function findings(entry) {
  if (entry.state === "failed") return el("span", { class: "bad" }, stateOf.why(entry));
  if (entry.state !== "ready") return null;
  const said = [];
  if (entry.errors > 0) said.push(el("span", { class: "bad" }, t("inbox.findings.errors", { n: entry.errors })));
  if (entry.warnings > 0) said.push(el("span", { class: "look" }, t("inbox.findings.warnings", { n: entry.warnings })));
  if (said.length === 0) return (entry.rubrics ?? []).length > 0 ? el("span", { class: "good" }, t("inbox.findings.none")) : null;
  return said;
}
