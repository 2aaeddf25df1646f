// The top of the desk: what it is, where it stands, and what can be done with it.
import { exportOf, exportOfDocument, recordOf } from "./api.js";
import { el, icon, kbd } from "./dom.js";
import { day, pick, t, time } from "./language.js";
import { account, menu } from "./shell.js";

const FORMATS = [["json", "JSON"], ["xlsx", "Excel (XLSX)"], ["docx", "Word (DOCX)"], ["csv", "CSV"], ["md", "Markdown"]];
/** Of the whole document, as it was read. */
const DOCUMENT_FORMATS = [["pdf", "searchable"], ["pdfa", "archive"], ["txt", "text"], ["alto", "ALTO 4 (XML)"], ["page", "PAGE XML (ZIP)"], ["hocr", "hOCR (HTML)"]];
const DOCUMENT_NAMES = new Set(["searchable", "archive", "text"]);
const COLOURS = { draft: "", returned: "look", submitted: "here", confirmed: "good", superseded: "" };

/** `others`: who else has it open. `act`: undo(), forward(), sendBack(), chooseRubric(id), openHelp(). */
export function header(desk, others, act) {
  const document = desk.document;
  const title = desk.rubric?.title || document.title || document.file;
  const about = [document.number, document.metadata?.date ? day(document.metadata.date) : null].filter(Boolean).join(" · ");
  return el(
    "header",
    { class: "bar" },
    el("a", { class: "crumb", id: "back", href: "/" }, t("inbox.title"), " ›"),
    rubricChoice(desk, act) ?? el("h1", { title }, title),
    about ? el("span", { class: "chip about" }, about) : null,
    desk.answer ? standing(desk) : null,
    others.length > 0 ? el("span", { class: "chip here", id: "others" }, t("desk.others", { names: others.map(({ name }) => name).join(", ") })) : null,
    el("span", { class: "grow" }),
    desk.answer ? saved(desk) : null,
    desk.answer ? el("a", { class: "button", id: "compare", href: `/rubrics/${encodeURIComponent(desk.answer.id)}/compare` }, t("desk.compare")) : null,
    desk.answer ? exportMenu(desk) : null,
    desk.answer && desk.open ? el("button", { type: "button", id: "undo", disabled: !desk.canUndo || desk.stepping, onclick: act.undo }, t("desk.undo"), kbd("u")) : null,
    desk.answer ? steps(desk, act) : null,
    account(desk.who, act.openHelp),
  );
}

/** A document may hold several rubrics; one is on the desk. */
function rubricChoice(desk, act) {
  const rubrics = desk.document.rubrics ?? [];
  if (rubrics.length < 2) return null;
  const options = rubrics.map((r, i) => el("option", { value: r.id, selected: r.id === desk.answer?.id }, `${i + 1}. ${r.title || t("desk.rubric")}`));
  return el("select", { class: "rubric-choice", "aria-label": t("desk.rubric"), onchange: (event) => act.chooseRubric(event.target.value) }, options);
}

function standing(desk) {
  const { state, version } = desk.answer;
  const left = desk.doubtful.length;
  const words = [t(`state.${state}`), t("desk.version", { n: version })];
  if (state === "confirmed" && desk.answer.confirmed_by) words.push(t("desk.confirmedBy", { user: desk.answer.confirmed_by, day: day(desk.answer.confirmed_at) }));
  return [
    el("span", { class: `chip ${COLOURS[state] ?? ""}`, id: "state", dataset: { state } }, words.join(" · ")),
    el("span", { class: `chip ${left > 0 ? "look" : "good"}`, id: "left", dataset: { left } }, left > 0 ? t("desk.left", { n: left }) : t("desk.leftNone")),
  ];
}

function saved(desk) {
  const waiting = desk.outbox?.entries.length ?? 0;
  const words = desk.outbox?.away && waiting > 0 ? t("desk.waiting", { n: waiting }) : desk.busy ? t("desk.saving") : desk.savedAt ? t("desk.saved", { time: time(desk.savedAt) }) : "";
  return el("span", { class: "soft", id: "saved" }, words);
}

function exportMenu(desk) {
  const draft = desk.state !== "confirmed" && desk.state !== "superseded";
  const links = FORMATS.map(([format, name]) =>
    el("a", { href: exportOf(desk.answer.id, format), download: true, dataset: { format } }, name),
  );
  if (!draft) links.push(el("a", { href: recordOf(desk.answer.id), download: true, id: "record" }, t("desk.record")));
  const ofDocument = DOCUMENT_FORMATS.map(([format, name]) =>
    el("a", { href: exportOfDocument(desk.document.id, format), download: true, dataset: { format } }, DOCUMENT_NAMES.has(name) ? t(`desk.export.${name}`) : name),
  );
  return menu("export", [t("desk.export"), icon("down")], [
    draft ? el("p", { class: "label" }, t("desk.exportDraft")) : null,
    ...links,
    el("p", { class: "label" }, t("desk.exportDocument")),
    ...ofDocument,
  ]);
}

/** Submit, or confirm and return, or who has to act now. */
function steps(desk, act) {
  if (desk.open) return el("button", { type: "button", id: "submit", class: "primary", disabled: desk.stepping, onclick: act.forward }, t("desk.submit"), kbd("s"));
  if (desk.state !== "submitted") return null;
  const mine = desk.answer.submitted_by === desk.who.user;
  const may = desk.who.role !== "clerk";
  return [
    may ? el("button", { type: "button", id: "return", disabled: desk.stepping, onclick: act.sendBack }, t("desk.return"), kbd("r")) : null,
    may ? el("button", { type: "button", id: "confirm", class: "primary", disabled: desk.stepping || mine, onclick: act.forward }, t("desk.confirm"), kbd("s")) : null,
  ];
}

function waitingFor(desk) {
  const by = desk.answer.submitted_by;
  if (by === desk.who.user) return t("desk.waitOther");
  return `${t("desk.submittedBy", { user: by })}. ${t(desk.who.role === "clerk" ? "desk.waitRole" : "desk.waitYou")}`;
}

/** Above the table: why it came back, what failed, what was missing. */
export function notices(desk) {
  const document = desk.document;
  const found = [];
  if (desk.answer?.comment && desk.state === "returned") found.push(el("p", { class: "notice look", id: "returned" }, t("desk.returned", { comment: desk.answer.comment })));
  if (desk.answer && desk.state === "submitted") found.push(el("p", { class: "notice here", id: "wait" }, waitingFor(desk)));
  if (document.state === "failed") found.push(el("p", { class: "notice bad", role: "alert" }, t("desk.failed", { why: pick(document.problem?.message_vi, document.problem?.message_en) })));
  if (document.state === "ready" && !desk.answer) found.push(el("p", { class: "notice look" }, t("desk.noRubric")));
  if (document.reread === "ready") found.push(el("p", { class: "notice here", id: "reread-waits" }, t("reread.waits"), " ", kbd("l")));
  for (const page of document.page_list ?? []) {
    if (page.outcome === "failed") found.push(el("p", { class: "notice bad" }, t("outcome.failed", { page: page.page, why: page.why ?? "" })));
  }
  if ((document.missing ?? []).length > 0) found.push(el("p", { class: "notice look" }, t("desk.missing", { parts: document.missing.join("; ") })));
  return found;
}
