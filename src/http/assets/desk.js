// The desk: the scan and the rubric are one thing seen twice.
import { Actions } from "./actions.js";
import { call, follow } from "./api.js";
import { Company } from "./company.js";
import { choose } from "./conflict.js";
import { Connection } from "./connection.js";
import { shown } from "./decimal.js";
import { Dock } from "./dock.js";
import { cut, el } from "./dom.js";
import { header, notices } from "./header.js";
import { t } from "./language.js";
import { Desk, isScore, keyOf, samePlace } from "./model.js";
import { allFindings, findingsPane, historyPane, textPane } from "./panes.js";
import { Scan } from "./scan.js";
import { account, ask, cannotStart, helpSheet, inEveryLanguage, say, session } from "./shell.js";
import { CriteriaTable } from "./table.js";

const TABS = [["criteria", "c"], ["findings", "f"], ["try", "t"], ["text", "v"], ["history", "h"], ["reread", "l"]];
const documentId = decodeURIComponent(location.pathname.split("/")[2] ?? "");
const actions = new Actions();
const openHelp = helpSheet(() => actions.sheet());
let desk, scan, table, dock, connection, company, tryIt, rereading;
let tab = "criteria";

async function load() {
  const { body } = await call("GET", `/documents/${encodeURIComponent(documentId)}`);
  desk.document = body;
  const wanted = new URLSearchParams(location.search).get("rubric");
  const rubrics = body.rubrics ?? [];
  const chosen = rubrics.find((r) => r.id === wanted) ?? rubrics[0];
  if (chosen) await desk.bring(chosen.id);
  else tab = "text";
}

/** While pages are being read there is nothing to compare yet: say how far it is, and open by itself. */
function wait() {
  const words = el("p", { role: "status" });
  const bar = el("progress", { max: 1 });
  const show = ({ state, pages, pages_done: done }) => {
    words.textContent = state === "reading" && pages ? t("desk.reading", { done: done ?? 0, pages }) : t("desk.queued");
    bar.max = pages || 1;
    bar.value = done ?? 0;
  };
  const build = () => {
    document.title = `${desk.document.file} – sohoa`;
    show(desk.document);
    document.getElementById("page").replaceChildren(
      el("header", { class: "bar" }, el("a", { class: "crumb", href: "/" }, t("inbox.title"), " ›"), el("h1", {}, desk.document.file), el("span", { class: "grow" }), account(desk.who, openHelp)),
      el("main", { class: "waiting" }, words, bar),
    );
  };
  inEveryLanguage(build);
  follow(documentId, (data) => show(Object.assign(desk.document, data)), () => location.reload());
}

function build() {
  document.title = `${desk.rubric?.title || desk.document.title || desk.document.file} – sohoa`;
  document.getElementById("page").replaceChildren(
    el("div", { id: "head" }),
    el("main", {}, scan.root, el("section", { id: "pane" }, el("div", { id: "tabs", role: "tablist" }), connection.root, el("div", { id: "notices" }), el("div", { id: "toolbar", role: "toolbar" }), el("div", { id: "panel", role: "tabpanel", tabindex: "-1" }))),
    dock.root,
  );
  scan.render();
  drawHead();
  drawPane();
  if (desk.answer) dock.render();
  else dock.root.remove();
}

function drawHead() {
  const focused = document.activeElement?.closest("#head")?.querySelector(":focus")?.id;
  document.getElementById("head").replaceChildren(header(desk, company.others, { undo, forward, sendBack, chooseRubric, openHelp }));
  if (focused) document.getElementById(focused)?.focus();
}

function drawTabs() {
  const counts = { criteria: desk.rubric?.criteria.length, findings: allFindings(desk).length };
  const tabs = document.getElementById("tabs");
  const held = tabs.contains(document.activeElement);
  tabs.replaceChildren(
    ...TABS.map(([name]) =>
      el(
        "button",
        { type: "button", role: "tab", id: `tab-${name}`, "aria-selected": String(tab === name), "aria-controls": "panel", tabindex: tab === name ? "0" : "-1", onclick: () => open(name) },
        t(`tab.${name}`),
        counts[name] === undefined ? null : el("span", { class: name === "findings" && counts[name] > 0 ? "count found" : "count" }, String(counts[name])),
      ),
    ),
  );
  document.getElementById("panel").setAttribute("aria-labelledby", `tab-${tab}`);
  if (held) document.getElementById(`tab-${tab}`).focus();
}

async function drawPane() {
  drawTabs();
  document.getElementById("notices").replaceChildren(...notices(desk));
  drawToolbar();
  const panel = document.getElementById("panel");
  // The history has nothing in it that takes the keyboard, and is long: the panel itself scrolls by keys.
  panel.tabIndex = tab === "history" ? 0 : -1;
  if (tab === "criteria") {
    if (!desk.rubric) return panel.replaceChildren();
    if (!panel.contains(table.root)) panel.replaceChildren(table.root);
    return table.render();
  }
  if (tab === "findings") return panel.replaceChildren(findingsPane(desk, goToFinding));
  if (tab === "text") return panel.replaceChildren(textPane(desk));
  if (tab === "try") return showTry(panel);
  if (tab === "reread") return showRereading(panel);
  const history = await historyPane(desk).catch((problem) => el("p", { class: "pane-note bad" }, problem.message));
  // What comes late is not laid over the tab that somebody went on to.
  if (tab === "history") panel.replaceChildren(history);
}

/** What can be done to the place where the person is. */
function drawToolbar() {
  const toolbar = document.getElementById("toolbar");
  const focused = toolbar.contains(document.activeElement) ? document.activeElement.id : null;
  const buttons = tab === "criteria" && desk.answer ? actions.buttons() : [];
  toolbar.hidden = buttons.length === 0;
  toolbar.setAttribute("aria-label", t("toolbar.label"));
  toolbar.replaceChildren(...buttons);
  if (focused) document.getElementById(focused)?.focus();
}

/** The sheets and the pane for trying out are fetched when they are first asked for. */
async function showTry(panel) {
  if (!desk.rubric) return panel.replaceChildren(el("p", { class: "pane-note" }, t("history.none")));
  const { TryIt } = await import("./try-it.js");
  if (tab !== "try") return;
  tryIt ??= new TryIt(desk);
  if (!panel.contains(tryIt.root)) panel.replaceChildren(tryIt.root);
  await tryIt.render().catch((problem) => emptyPane("try", panel, problem));
}

async function showRereading(panel) {
  const { Rereading } = await import("./reread.js");
  if (tab !== "reread") return;
  rereading ??= new Rereading(desk, { go: goToChange, accepted: renew });
  if (panel.contains(rereading.root)) return;
  panel.replaceChildren(rereading.root);
  await rereading.load().catch((problem) => emptyPane("reread", panel, problem));
}

/** Says why a tab has nothing to show, where it is still the open one. */
function emptyPane(of, panel, problem) {
  if (tab === of) panel.replaceChildren(el("p", { class: "pane-note bad" }, problem.message));
}

/** From what a new reading would change to the cell that it would change, or to the ink of what it would add. */
async function goToChange(line, rubricId) {
  if (rubricId && rubricId !== desk.answer?.id) await chooseRubric(rubricId);
  goToFinding({ ...line, field: ["kind", "applies_to"].includes(line.field) ? "title" : line.field === "bonus_max" ? "bonus" : line.field });
}

/** Somebody had the document read once more, or has decided about that. */
async function heardOfReading(news) {
  if (news?.reading && news.reading !== desk.document.reading) return renew();
  desk.document.reread = news?.state ?? desk.document.reread;
  document.getElementById("notices").replaceChildren(...notices(desk));
  if (tab === "reread") await (news ? rereading?.hear(news) : rereading?.load());
}

/** Another reading of the document stands now: everything on the desk is of that one. */
async function renew() {
  const { body } = await call("GET", `/documents/${encodeURIComponent(documentId)}`);
  if (body.reading === desk.document.reading) return;
  const gone = desk.answer ? !body.rubrics.some(({ id }) => id === desk.answer.id) : body.rubrics.length > 0;
  if (gone) return location.reload();
  desk.document = body;
  if (desk.answer) await desk.load();
  scan.renew();
  drawHead();
  if (tab !== "reread") drawPane();
  else drawTabs();
}

/** The criterion where the person is. */
const here = () => desk.open && desk.at?.criterion;

/** Changes the rows; the person stays with the row, or goes to a new one. Settles to null, or to the reason of a refusal. */
async function changeRows(change) {
  const before = new Set(desk.rubric.criteria.map((c) => c.id));
  const at = desk.at;
  const previous = desk.rubric.criteria[desk.rubric.criteria.findIndex((c) => c.id === at?.criterion) - 1];
  const failed = await changing(() => desk.change({ rows: [change] }));
  if (failed !== null) return failed;
  const made = desk.rubric.criteria.find((c) => !before.has(c.id));
  const row = made?.id ?? (desk.criterion(at?.criterion) ? at.criterion : (change.into ?? previous?.id));
  if (tab !== "criteria") open("criteria");
  if (row) desk.goTo({ criterion: row, field: "title" }, "table");
  table.render();
  table.moved({ focus: true });
  say(t("rows.done"));
  return null;
}

async function rows() {
  const { openRows } = await import("./rows.js");
  openRows(desk, desk.at.criterion, changeRows);
}

async function moveRow(key) {
  const { MOVES, around } = await import("./rows.js");
  const way = { ">": "in", "<": "out", "{": "up", "}": "down" }[key];
  const change = MOVES[way](around(desk.rubric, desk.at.criterion));
  if (!change) return;
  const failed = await changeRows(change);
  if (failed !== null) say(new Error(failed));
}

async function addRow() {
  const { added, around } = await import("./rows.js");
  const failed = await changeRows(added(around(desk.rubric, desk.at.criterion)));
  if (failed !== null) say(new Error(failed));
}

async function columns() {
  const { openColumns } = await import("./columns.js");
  openColumns(desk, async (column) => {
    const failed = await changing(() => desk.change({ column }));
    if (failed === null) say(t("columns.done"));
    return failed;
  });
}

async function rules() {
  const { openRules } = await import("./rule-editor.js");
  openRules(desk, desk.at.criterion, async (change) => {
    const failed = await changing(() => desk.change({ rules: change }));
    if (failed === null) say(t("rules.saved"));
    return failed;
  });
}

/** Asks for double keying; where it was asked for, types what is left for this person, or does without it again. */
async function keying() {
  const { keyingOf, openKeying } = await import("./keying.js");
  const set = async (on) => {
    const failed = await changing(() => desk.change({ keying: on }));
    if (failed !== null) say(new Error(failed));
  };
  if (!desk.answer.keying) {
    const asked = await ask({ title: t("keying.askTitle"), lines: [t("keying.askBody")], go: t("keying.ask") });
    if (asked !== null) await set(true);
    return;
  }
  const { left } = await keyingOf(desk);
  if (left.length > 0) {
    const go = await ask({ title: t("keying.title"), lines: [t("keying.askBody")], go: t("keying.start", { n: left.length }) });
    if (go !== null) openKeying(desk, scan, left, (keyed) => changing(() => desk.change({ keyed })));
    return;
  }
  const waived = await ask({ title: t("keying.waiveTitle"), lines: [t("keying.none"), t("keying.waiveBody", { n: 0 })], go: t("keying.waive"), danger: true });
  if (waived !== null) await set(false);
}

function open(name) {
  tab = name;
  drawPane();
}

function goToFinding(finding) {
  const criterion = finding.criterion ? desk.criterion(finding.criterion) : null;
  if (criterion || (!finding.whole && !finding.page)) {
    tab = "criteria";
    drawPane();
    desk.goTo({ criterion: criterion ? criterion.id : null, field: finding.field ?? "max_score" }, "finding");
    table.moved({ focus: true });
  }
  if (finding.page) scan.mark(finding.page, finding.box);
}

/** Makes a change. Settles to null, or to the reason why it was refused. */
async function changing(change) {
  try {
    await change();
    return null;
  } catch (problem) {
    if (problem.status === 412 || problem.status === 409) {
      await conflict();
      return null;
    }
    return problem.message;
  }
}

/** What changes more than a value is not made on a version that the person has not seen. */
async function conflict() {
  await ask({ title: t("dialog.conflict.title"), lines: [t("dialog.conflict.body")], go: t("dialog.conflict.go"), only: true });
  await desk.load().catch(say);
}

async function save(place, typed, began) {
  let outcome;
  const failed = await changing(async () => {
    outcome = await desk.edit(place, typed, began);
  });
  if (failed !== null) {
    // The field may be closed by now: it comes back with what was typed.
    if (!table.editor.place) refused(place, typed, began, failed);
    else if (!samePlace(table.editor.place, place)) desk.drafts.keep(keyOf(place), { text: typed, ...began });
    return failed;
  }
  if (outcome === "sent") {
    const value = isScore(place.field) ? shown(desk.value(place)) : desk.shown(place);
    const words = cut(value, 60) || t("dock.empty");
    say(t("table.saved", { field: t(`field.${place.field}`).toLowerCase(), criterion: desk.name(place.criterion), value: words }));
  }
  return null;
}

function refused(place, typed, began, why) {
  if (tab !== "criteria") open("criteria");
  desk.goTo(place, "table");
  table.render();
  table.edit({ kept: { text: typed, ...began }, failed: why });
}

/** Settles the doubtful place and goes on to the next at once; the server hears of it meanwhile. */
function settle(change) {
  const next = desk.nextDoubt(1);
  changing(change).then((failed) => failed !== null && say(new Error(failed)));
  goOn(next);
}

function goOn(next) {
  const left = desk.doubtful;
  const to = left.find((d) => samePlace(d, next)) ?? left[0];
  if (to) toDoubt(to);
  else dock.focus();
}

function toDoubt(doubt) {
  if (!doubt) return;
  if (tab !== "criteria") open("criteria");
  desk.goTo({ criterion: doubt.criterion ?? null, field: doubt.field }, "dock");
  dock.focus();
}

const act = {
  accept: () => desk.at && desk.doubt(desk.at) && desk.open && settle(() => desk.accept(desk.at)),
  choose: (text) => settle(() => (desk.sameReading(desk.at, text) ? desk.accept(desk.at) : desk.edit(desk.at, text))),
  edit: () => {
    if (desk.at?.field === "rules" && here()) return rules();
    if (tab !== "criteria") open("criteria");
    // From a doubtful place on to the next, as with a reading that is chosen.
    const next = desk.at && desk.doubt(desk.at) ? desk.nextDoubt(1) : null;
    table.edit({ settled: next ? () => goOn(next) : undefined });
  },
  next: () => toDoubt(desk.nextDoubt(1)),
  previous: () => toDoubt(desk.nextDoubt(-1)),
};

async function undo() {
  if (!desk.answer || desk.stepping || !desk.canUndo) return;
  const failed = await changing(() => desk.undo());
  say(failed === null ? t("desk.undone") : new Error(failed));
}

/** Submits a draft; confirms what was submitted. */
async function forward() {
  if (desk.stepping || !desk.answer) return;
  if (desk.open) {
    const errors = (desk.rubric.findings ?? []).filter((f) => f.severity === "error").length;
    const lines = [t("dialog.submit.body")];
    if (desk.doubtful.length > 0) lines.push(el("p", { class: "look" }, t("dialog.submit.left", { n: desk.doubtful.length })));
    if (errors > 0) lines.push(el("p", { class: "bad" }, t("dialog.submit.errors", { n: errors })));
    if ((await ask({ title: t("dialog.submit.title"), lines, go: t("desk.submit") })) !== null) await step("submit", "done.submitted");
  } else if (desk.state === "submitted" && document.getElementById("confirm")?.disabled === false) {
    const lines = [t("dialog.confirm.body", { user: desk.answer.submitted_by })];
    if (desk.doubtful.length > 0) lines.push(el("p", { class: "look" }, t("dialog.submit.left", { n: desk.doubtful.length })));
    if ((await ask({ title: t("dialog.confirm.title"), lines, go: t("desk.confirm") })) !== null) await step("confirm", "done.confirmed");
  }
}

async function sendBack() {
  if (desk.state !== "submitted" || desk.stepping || !document.getElementById("return")) return;
  const comment = await ask({ title: t("dialog.return.title"), lines: [t("dialog.return.body")], go: t("desk.return"), field: t("dialog.return.comment"), danger: true });
  if (comment) await step("return", "done.returned", { comment });
}

async function step(name, done, json) {
  const failed = await changing(() => desk.step(name, json));
  say(failed === null ? t(done) : new Error(failed));
}

async function chooseRubric(id) {
  history.replaceState(null, "", `${location.pathname}?rubric=${encodeURIComponent(id)}`);
  desk.at = null;
  await desk.bring(id).catch(say);
  toDoubt(desk.doubtful[0]);
}

function openExport() {
  const menu = document.getElementById("export");
  menu.open = true;
  menu.querySelector("a").focus();
}

/** From anywhere into the table; inside it the table moves by itself. */
function stepIn() {
  if (tab !== "criteria") open("criteria");
  table.moved({ focus: true });
  const cell = document.activeElement.closest("td[data-key]");
  if (cell && !desk.at) cell.click();
}

/** Chooses one of the readings that the dock offers. */
function chooseReading(key) {
  document.querySelectorAll("#dock .reading")[Number(key) - 1]?.click();
}

const onRubric = () => desk.answer;
const digits = Array.from({ length: 9 }, (_, i) => String(i + 1));

// Where the sheet of keys is to list them, in this order.
actions.add(
  { name: "reading", keys: digits, shown: ["1", "…", "9"], group: "help.dock", words: "help.reading", when: onRubric, does: chooseReading },
  { name: "accept", keys: ["a", "Enter"], group: "help.dock", words: "help.accept", when: onRubric, does: act.accept },
  { name: "edit", keys: ["e"], group: "help.dock", words: "help.edit", when: onRubric, does: act.edit },
  { name: "next", keys: ["n"], group: "help.dock", words: "help.nextPrevious", when: onRubric, does: act.next },
  { name: "previous", keys: ["p"], group: "help.dock", words: "help.nextPrevious", when: onRubric, does: act.previous },
  // The table moves by itself; these two lead into it.
  { name: "cells", keys: ["←", "↑", "↓", "→"], group: "help.table", words: "help.cells" },
  { name: "into", keys: ["j", "k"], when: onRubric, does: stepIn },
  { name: "editCell", keys: ["Enter", "F2"], group: "help.table", words: "help.editCell" },
  { name: "undo", keys: ["u"], group: "help.table", words: "help.undo", when: onRubric, does: undo },
  { name: "rules", keys: ["q"], group: "help.table", words: "help.rules", label: "tool.rules", when: here, does: rules },
  { name: "rows", keys: ["m"], group: "help.table", words: "help.rows", label: "tool.rows", when: here, does: rows },
  { name: "moveRow", keys: [">", "<", "{", "}"], group: "help.table", words: "help.rowMoves", when: here, does: moveRow },
  { name: "addRow", keys: ["o"], group: "help.table", words: "help.addRow", when: here, does: addRow },
  { name: "columns", keys: ["w"], group: "help.table", words: "help.columns", label: "tool.columns", when: () => desk.open && desk.rubric?.columns?.length > 0, does: columns },
  { name: "keying", keys: ["d"], group: "help.table", words: "help.keying", label: "tool.keying", when: () => desk.answer && desk.open, does: keying },
  { name: "reread", keys: [], label: "tool.reread", shown: ["l"], when: () => desk.document?.state === "ready", does: () => open("reread") },
  { name: "forward", keys: ["s"], group: "help.table", words: "help.submit", when: onRubric, does: forward },
  { name: "sendBack", keys: ["r"], group: "help.table", words: "help.return", when: onRubric, does: sendBack },
  { name: "export", keys: ["x"], group: "help.table", words: "help.export", when: onRubric, does: openExport },
  { name: "tabs", keys: TABS.map(([, key]) => key), group: "help.table", words: "help.tabs", does: (key) => open(TABS.find((one) => one[1] === key)[0]) },
  { name: "back", keys: ["b"], group: "help.table", words: "help.inbox.back", does: () => location.assign("/") },
  { name: "zoomIn", keys: ["+", "="], shown: ["+"], group: "help.scan", words: "help.zoom", does: () => scan.zoom(1.25) },
  { name: "zoomOut", keys: ["-"], shown: ["−"], group: "help.scan", words: "help.zoom", does: () => scan.zoom(0.8) },
  { name: "fit", keys: ["0"], group: "help.scan", words: "help.zoom", does: () => scan.fit() },
  { name: "previousPage", keys: ["[", "PageUp"], shown: ["["], group: "help.scan", words: "help.pages", does: () => scan.turn(-1) },
  { name: "nextPage", keys: ["]", "PageDown"], shown: ["]"], group: "help.scan", words: "help.pages", does: () => scan.turn(1) },
  { name: "pan", keys: ["←", "↑", "↓", "→"], group: "help.scan", words: "help.pan" },
  { name: "ink", keys: ["i"], group: "help.scan", words: "help.inkOnly", does: () => scan.ink() },
);

function tabArrows(event) {
  if (event.target.getAttribute?.("role") !== "tab") return;
  const index = TABS.findIndex(([name]) => name === tab);
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!by) return;
  event.preventDefault();
  open(TABS[(index + by + TABS.length) % TABS.length][0]);
}

async function start() {
  desk = new Desk(await session(), { choose: (entry, theirs) => choose(desk, entry, theirs) });
  connection = new Connection(desk);
  scan = new Scan(desk);
  table = new CriteriaTable(desk, { say, save, rules });
  dock = new Dock(desk, scan, act);
  company = new Company(desk, () => table.editor.place);
  await load();
  if (desk.document.state === "queued" || desk.document.state === "reading") return wait();
  desk.addEventListener("data", redraw);
  desk.addEventListener("saving", () => {
    drawHead();
    connection.render();
  });
  desk.addEventListener("refused", ({ detail: { entry, problem } }) => {
    if (entry.place && !table.editor.place) refused(entry.place, entry.mine ?? "", entry, problem.message);
    else say(problem);
  });
  desk.addEventListener("place", ({ detail: mover }) => {
    if (tab === "criteria") table.moved({ focus: mover === "scan" });
    else if (mover === "scan") open("criteria");
    scan.follow({ move: mover !== "scan" });
    dock.render();
    drawToolbar();
  });
  company.addEventListener("change", () => {
    drawHead();
    table.others(company.others);
  });
  company.addEventListener("reread", ({ detail }) => heardOfReading(detail).catch(say));
  inEveryLanguage(build);
  company.start();
  addEventListener("keydown", tabArrows);
  addEventListener("keydown", (event) => actions.handle(event));
  warnOfUnsent();
  if (new URLSearchParams(location.search).get("tab") === "reread") return open("reread");
  if (resume()) return;
  // Who comes from a search begins at what was found.
  const found = new URLSearchParams(location.search).get("criterion");
  if (found && desk.answer && desk.criterion(found)) goToFinding({ criterion: found, field: "title" });
  else if (desk.doubtful.length > 0) toDoubt(desk.doubtful[0]);
}

let drawing = false;

/** However much comes at once, it is drawn once, before the browser paints. */
function redraw() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    drawHead();
    drawPane();
    connection.render();
    scan.follow({ move: false });
    dock.render();
  });
}

/** What was being typed when the page was left is in its field again. */
function resume() {
  const draft = desk.drafts?.latest();
  if (!draft || !desk.open) return false;
  const at = draft.key.lastIndexOf("|");
  const place = { criterion: draft.key.slice(0, at) || null, field: draft.key.slice(at + 1) };
  if (place.criterion && !desk.criterion(place.criterion)) {
    say(new Error(t("table.keptNowhere", { text: draft.text })));
    return false;
  }
  open("criteria");
  desk.goTo(place, "dock");
  table.edit({ kept: draft });
  return true;
}

/** Closing the page is asked about while the server has not got everything. */
function warnOfUnsent() {
  let leaving = false;
  addEventListener("leaving", () => (leaving = true));
  addEventListener("beforeunload", (event) => {
    if (!leaving && (desk.outbox?.entries.length > 0 || table.editor.changed)) event.preventDefault();
  });
}

start().catch(cannotStart);
