// One document in the inbox.
import { el } from "./dom.js";
import { age, dateTime, day, knows, ofNote, pick, t } from "./language.js";

const COLOURS = { queued: "here", reading: "here", draft: "look", returned: "look", ready: "", submitted: "here", confirmed: "good", superseded: "", failed: "bad" };
const ORDER = ["returned", "draft", "submitted", "confirmed", "superseded"];

export const COLUMNS = ["select", "document", "state", "quality", "doubtful", "findings", "age", "holder"];

/** Where the document stands: its rubric that needs most, or how far the reading is. */
export function stateOf(entry) {
  if (entry.state !== "ready") return entry.state;
  const states = (entry.rubrics ?? []).map((r) => r.state);
  return ORDER.find((state) => states.includes(state)) ?? "ready";
}

stateOf.why = (entry) => pick(entry.problem?.message_vi, entry.problem?.message_en) ?? "";

/** The desk, at the place that was found if there is one. */
export function addressOf(entry) {
  const query = new URLSearchParams();
  for (const name of ["rubric", "criterion", "page"]) if (entry.found?.[name]) query.set(name, entry.found[name]);
  const place = query.toString();
  return `/documents/${encodeURIComponent(entry.id)}${place ? `?${place}` : ""}`;
}

/** `marks`: whether it is the current row, whether it is selected, who has it open; `choose` toggles the selection. */
export function row(entry, { here, selected, people, choose }) {
  const state = stateOf(entry);
  const open = addressOf(entry);
  const first = (entry.rubrics ?? [])[0];
  const title = (entry.rubrics?.length === 1 && first.title) || entry.title || entry.file;
  const box = el("input", { type: "checkbox", class: "choose", tabindex: "-1", checked: selected, "aria-label": t("inbox.select", { file: title }), onclick: (event) => choose(event.shiftKey) });
  return el(
    "tr",
    { class: [here ? "here" : "", selected ? "selected" : ""].join(" ").trim() || null, dataset: { document: entry.id, state }, onclick: (event) => follow(event, open) },
    el("td", { class: "select" }, box),
    el("td", { class: "document" }, el("a", { class: "open", href: open }, title), el("small", {}, about(entry, title)), found(entry)),
    el("td", { class: "state" }, el("span", { class: `chip ${COLOURS[state] ?? ""}` }, t(`state.${state}`)), progress(entry)),
    known("quality", quality(entry)),
    known("doubtful", doubtful(entry)),
    known("findings", findings(entry)),
    el("td", { class: "age", "data-label": t("inbox.col.age"), title: `${dateTime(entry.uploaded_at)} · ${entry.uploaded_by ?? ""}` }, age(entry.uploaded_at)),
    known("holder", holder(entry, people)),
  );
}

/** A cell whose content may not be known yet. */
function known(name, content) {
  return el("td", { class: content ? name : `${name} none`, "data-label": t(`inbox.col.${name}`) }, content ?? "–");
}

/** The whole row opens the document; the link in it is what the keyboard and screen readers use. */
function follow(event, href) {
  if (event.target.closest("a, button, input, .select") || getSelection()?.toString()) return;
  location.assign(href);
}

function about(entry, title) {
  const known = [entry.number, entry.date ? day(entry.date) : null];
  if (entry.pages) known.push(t("inbox.pages", { n: entry.pages }));
  if ((entry.rubrics ?? []).length > 1) known.push(t("inbox.rubrics", { n: entry.rubrics.length }));
  if (title !== entry.file) known.push(entry.file);
  return known.filter(Boolean).join(" · ");
}

/** The words around what was looked for, with their place. */
function found(entry) {
  if (!entry.found) return null;
  const { criterion, page, snippet } = entry.found;
  const place = [criterion ? t("inbox.found.criterion", { id: criterion }) : null, page ? t("inbox.found.page", { page }) : null].filter(Boolean).join(", ");
  return el("small", { class: "found" }, place ? `${place}: ` : null, snippet.map((part) => (part.hit ? el("mark", {}, part.text) : part.text)));
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
  const notes = (entry.notes ?? []).slice(0, 2).map((note) => el("small", { class: "look" }, ofNote(note)));
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

function holder(entry, people) {
  const here = people.length > 0 ? el("small", { class: "here" }, t("inbox.openBy", { who: people.join(", ") })) : null;
  if (!entry.assigned_to && !here) return null;
  return [el("span", {}, entry.assigned_to ?? "–"), here];
}
