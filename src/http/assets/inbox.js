// The inbox: upload, watch pages being read, find what needs a look, give it to somebody.
import { singleKeys } from "./actions.js";
import { call } from "./api.js";
import { el, kbd, typing } from "./dom.js";
import { actions } from "./inbox-actions.js";
import { STEP, WORKS, HOLDERS, SORTS, asked, isAll, keep, path } from "./inbox-asked.js";
import { filters } from "./inbox-filters.js";
import { COLUMNS, row, stateOf } from "./inbox-row.js";
import { t } from "./language.js";
import { listen } from "./live.js";
import { account, helpSheet, inEveryLanguage, say, session } from "./shell.js";
import { uploads } from "./uploads.js";

/** Milliseconds without a key before the server is asked, and without news before the list is loaded again. */
const PAUSE = 200;

let who = null;
let wanted = asked();
let documents = [];
let counts = null;
let next = null;
let current = 0;
let anchor = 0;
let turn = 0;
let isNew = false;
let bulk = null;
const selected = new Set();
const people = new Map();
const qualities = new Map();
const openHelp = helpSheet(() => [
  ["help.inbox", [[["j", "k"], "help.move"], [["Enter"], "help.open"], [["/"], "help.search"], [["1", "–", "6"], "help.work"], [["m"], "help.holder"], [["o"], "help.sort"], [["u"], "help.upload"], [["f"], "help.uploadFolder"]]],
  ["help.bulk", [[["x"], "help.select"], [["Shift", "x"], "help.selectTo"], [["t"], "help.take"], [["g"], "help.giveBack"], [["h"], "help.handOver"], [["r"], "help.retry"], [["e"], "help.export"], [["d"], "help.delete"]]],
]);
const sending = uploads({ received });

/** Without marks and in lower case, so that "thang diem" finds "Thang điểm". */
function folded(text) {
  return (text ?? "").normalize("NFD").replace(/\p{M}/gu, "").replaceAll("đ", "d").replaceAll("Đ", "d").toLowerCase();
}

/** What is loaded; while one types, what of it has the words in its name, until the server has looked everywhere. */
function shown() {
  const words = folded(wanted.q).split(/\s+/).filter(Boolean);
  if (words.length === 0 || documents.asked === wanted.q) return documents;
  return documents.filter((entry) => {
    const text = folded([entry.file, entry.title, entry.number, ...(entry.rubrics ?? []).map((r) => r.title)].join(" "));
    return entry.found || words.every((word) => text.includes(word));
  });
}

/** What the actions are for: what is selected, else the current row. */
function chosen() {
  const rows = shown();
  return selected.size > 0 ? rows.filter((entry) => selected.has(entry.id)) : rows.slice(current, current + 1);
}

async function load({ more } = {}) {
  turn += 1;
  const own = turn;
  const query = { ...wanted };
  const rows = more ? STEP : Math.max(STEP, documents.length);
  const { body } = await call("GET", path(query, rows, more ? next : null));
  if (own !== turn) return; // a later question is on its way
  const before = new Set(more ? documents.map((entry) => entry.id) : []);
  const at = shown()[current]?.id;
  documents = [...(more ? documents : []), ...body.documents.filter((entry) => !before.has(entry.id))];
  documents.asked = query.q;
  ({ counts, next } = body);
  const there = new Set(documents.map((entry) => entry.id));
  for (const id of selected) if (!there.has(id)) selected.delete(id);
  // News leave one where one was; a new question begins at its first answer.
  const again = isNew ? 0 : documents.findIndex((entry) => entry.id === at);
  if (again >= 0) current = again;
  isNew = false;
  renderList();
  learnQuality();
}

/** Loads again when nothing more has happened for a moment. */
function loadSoon() {
  clearTimeout(loadSoon.timer);
  loadSoon.timer = setTimeout(() => load().catch(say), PAUSE);
}

/** How good the scan is stands with its pages: asked for one document after the other, and once. */
async function learnQuality() {
  for (const entry of shown()) {
    if (entry.state !== "ready" || qualities.has(entry.id)) continue;
    qualities.set(entry.id, null);
    try {
      const { body } = await call("GET", `/documents/${encodeURIComponent(entry.id)}`);
      const pages = body.page_list ?? [];
      qualities.set(entry.id, { verdicts: [...new Set(pages.map((p) => p.verdict))], notes: [...new Set(pages.flatMap((p) => p.notes ?? []))] });
    } catch {
      qualities.delete(entry.id);
      return;
    }
    renderList();
  }
}

/** A document was read, or is in other hands. */
function heard(news) {
  const at = documents.find((entry) => entry.id === news.id);
  const ended = at && ["queued", "reading"].includes(at.state) && ["ready", "failed"].includes(news.state);
  if (at && news.state === "reading") {
    Object.assign(at, { state: news.state, pages: news.pages ?? at.pages, pages_done: news.pages_done });
    renderList();
    return;
  }
  if (!ended) return loadSoon();
  qualities.delete(news.id);
  load()
    .then(() => {
      const now = documents.find((entry) => entry.id === news.id) ?? at;
      if (news.state === "failed") say(new Error(t("inbox.failedDone", { file: now.file, why: stateOf.why(now) })));
      else say(t("inbox.done", { file: now.title || now.file }));
    })
    .catch(say);
}

function met(news) {
  people.set(news.rubric, news.people.map((person) => person.name).filter((name) => name !== who.user));
  renderList();
}

async function received(file, answer) {
  say(t(answer.duplicate ? "inbox.duplicate" : "inbox.uploaded", { file: file.name }));
  wanted = { ...asked(), work: "all", q: "", holder: "", findings: "", age: "", sort: "" };
  keep(wanted);
  await load().catch(say);
  current = Math.max(0, shown().findIndex((d) => d.id === answer.id));
  render();
}

function renderList() {
  const list = document.getElementById("list");
  if (!list) return;
  const held = list.contains(document.activeElement);
  const rows = shown();
  current = Math.min(current, Math.max(0, rows.length - 1));
  const empty = isAll(wanted) ? t("inbox.empty") : t("inbox.emptyFilter");
  const head = (name) => el("th", { scope: "col", class: name }, name === "select" ? el("span", { class: "hidden-words" }, t("inbox.col.select")) : t(`inbox.col.${name}`));
  const marks = (entry, at) => ({
    here: at === current,
    selected: selected.has(entry.id),
    people: [...new Set((entry.rubrics ?? []).flatMap((r) => people.get(r.id) ?? []))],
    choose: (range) => select(at, range),
  });
  const body = rows.length > 0 ? rows.map((entry, at) => row({ ...qualities.get(entry.id), ...entry }, marks(entry, at))) : el("tr", {}, el("td", { class: "empty", colspan: COLUMNS.length }, empty));
  list.replaceChildren(el("thead", {}, el("tr", {}, COLUMNS.map(head))), el("tbody", {}, body));
  const more = next ? el("button", { type: "button", id: "more", onclick: () => load({ more: true }).catch(say) }, t("inbox.more", { n: documents.length, total: counts?.[wanted.work] ?? "…" })) : null;
  document.getElementById("after").replaceChildren(...[more].filter(Boolean));
  renderBars();
  if (held) focusRow();
}

/** The choices keep the focus while their words change. */
function renderBars() {
  const focus = document.activeElement;
  const mark = focus?.id ? `#${focus.id}` : focus?.dataset?.work ? `.filter[data-work="${focus.dataset.work}"]` : null;
  const place = document.getElementById("filters");
  const inside = place.contains(focus) || document.getElementById("actions").contains(focus);
  place.replaceChildren(...filters(wanted, counts, change));
  if (!document.querySelector("#actions details[open]")) document.getElementById("actions").replaceChildren(...bulk.bar(selected.size, clearSelection).filter(Boolean));
  if (inside && mark) document.querySelector(mark)?.focus();
}

function change(some) {
  wanted = { ...wanted, ...some };
  keep(wanted);
  current = 0;
  isNew = true;
  if (!("q" in some)) selected.clear();
  renderList();
  loadSoon();
}

/** The row at `at` is selected or no longer; `range`: with all since the one before. */
function select(at, range) {
  const rows = shown();
  if (!rows[at]) return;
  if (range) for (const entry of rows.slice(Math.min(at, anchor), Math.max(at, anchor) + 1)) selected.add(entry.id);
  else if (!selected.delete(rows[at].id)) selected.add(rows[at].id);
  anchor = at;
  current = at;
  renderList();
}

function clearSelection() {
  selected.clear();
  renderList();
}

function focusRow() {
  const link = document.querySelectorAll("#list .open")[current];
  link?.focus();
  link?.scrollIntoView({ block: "nearest" });
}

function move(by) {
  const rows = shown().length;
  const inside = document.activeElement?.closest("#list");
  if (inside && by > 0 && current === rows - 1 && next) return load({ more: true }).then(() => move(by), say);
  current = inside ? Math.min(Math.max(current + by, 0), rows - 1) : Math.min(current, rows - 1);
  document.querySelectorAll("#list tbody tr").forEach((r, i) => r.classList.toggle("here", i === current));
  renderBars();
  focusRow();
}

/** The value after this one, round and round. */
const after = (values, value) => values[(values.indexOf(value) + 1) % values.length];

const KEYS = {
  j: () => move(1),
  ArrowDown: () => move(1),
  k: () => move(-1),
  ArrowUp: () => move(-1),
  "/": () => document.getElementById("search").focus(),
  u: () => sending.choose(),
  f: () => sending.chooseFolder(),
  x: () => select(current, false),
  X: () => select(current, true),
  t: () => bulk.take(),
  g: () => bulk.giveBack(),
  h: () => bulk.handOver(),
  r: () => bulk.retry(),
  d: () => bulk.remove(),
  m: () => change({ holder: after(HOLDERS, wanted.holder) }),
  o: () => change({ sort: after(SORTS, wanted.sort) }),
  e() {
    const root = document.getElementById("export");
    if (!root) return;
    root.open = true;
    root.querySelector(".menu button")?.focus();
  },
};
WORKS.forEach((work, at) => (KEYS[String(at + 1)] = () => change({ work })));

function keys(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const search = document.getElementById("search");
  if (event.key === "Escape") {
    if (selected.size > 0 && event.target !== search) return clearSelection();
    if (typing(event) || !isAll(wanted)) {
      search.value = "";
      search.blur();
      change({ work: "all", q: "", holder: "", findings: "", age: "" });
    }
    return;
  }
  if (typing(event) && event.target.type !== "checkbox") {
    if (event.key === "Enter" && event.target === search) focusRow();
    return;
  }
  if (event.key.length === 1 && !singleKeys()) return;
  const act = KEYS[event.key];
  if (act) {
    event.preventDefault();
    act();
  }
}

function render() {
  document.title = `${t("inbox.title")} – sohoa`;
  document.getElementById("page").replaceChildren(
    el(
      "header",
      { class: "bar" },
      el("a", { class: "brand", href: "/" }, "sohoa"),
      el("h1", {}, t("inbox.title")),
      el("a", { id: "lexicon", href: "/lexicon" }, t("lexicon.title")),
      el("span", { class: "grow" }),
      el("input", { id: "search", type: "search", value: wanted.q, placeholder: t("inbox.search"), "aria-label": t("inbox.search"), oninput: (event) => change({ q: event.target.value }) }),
      account(who, openHelp),
      el("button", { type: "button", id: "folder", onclick: sending.chooseFolder }, t("inbox.uploadFolder"), kbd("f")),
      el("button", { type: "button", class: "primary", id: "upload", onclick: sending.choose }, t("inbox.upload"), kbd("u")),
    ),
    el(
      "main",
      {},
      sending.zone(),
      el("div", { id: "filters" }),
      el("div", { id: "actions", role: "toolbar", "aria-label": t("inbox.actions") }),
      el("table", { id: "list", "aria-label": t("inbox.title") }),
      el("div", { id: "after" }),
    ),
  );
  renderList();
}

try {
  who = await session();
  bulk = actions({ who, chosen, after: load });
  await load();
  addEventListener("keydown", keys);
  inEveryLanguage(render);
  listen({ document: heard, rubric: loadSoon, presence: met, again: loadSoon });
} catch (problem) {
  if (problem.status !== 401) say(problem);
}
