// The inbox: upload, watch pages being read, find what needs a look.
import { singleKeys } from "./actions.js";
import { follow, call } from "./api.js";
import { el, kbd, typing } from "./dom.js";
import { row, stateOf } from "./inbox-row.js";
import { t } from "./language.js";
import { account, helpSheet, inEveryLanguage, say, session } from "./shell.js";
import { uploads } from "./uploads.js";

const FILTERS = ["all", "todo", "reading", "submitted", "confirmed", "failed"];

let who = null;
let documents = [];
let filter = "all";
let wanted = "";
let current = 0;
const following = new Map();
const qualities = new Map();
const openHelp = helpSheet(() => [
  ["help.inbox", [[["j", "k"], "help.move"], [["Enter"], "help.open"], [["/"], "help.search"], [["u"], "help.upload"]]],
]);
const sending = uploads({ received });

/** Which filter a document belongs under, besides "all". */
function kind(entry) {
  const state = stateOf(entry);
  if (state === "failed") return "failed";
  if (state === "queued" || state === "reading") return "reading";
  if (state === "superseded") return "confirmed";
  if (state === "submitted" || state === "confirmed") return state;
  return "todo";
}

/** Without marks and in lower case, so that "thang diem" finds "Thang điểm". */
function folded(text) {
  return (text ?? "").normalize("NFD").replace(/\p{M}/gu, "").replaceAll("đ", "d").replaceAll("Đ", "d").toLowerCase();
}

function shownDocuments() {
  const words = folded(wanted).split(/\s+/).filter(Boolean);
  return documents.filter((entry) => {
    const text = folded([entry.file, entry.title, entry.number, ...(entry.rubrics ?? []).map((r) => r.title)].join(" "));
    return (filter === "all" || kind(entry) === filter) && words.every((word) => text.includes(word));
  });
}

async function load() {
  const { body } = await call("GET", "/documents");
  documents = body.documents ?? [];
  documents.filter((entry) => kind(entry) === "reading").forEach(watch);
  renderList();
  learnQuality();
}

/** How good the scan is stands with its pages: asked for one document after the other, and once. */
async function learnQuality() {
  for (const entry of shownDocuments()) {
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

function watch(entry) {
  if (following.has(entry.id)) return;
  const progress = (data) => {
    const at = documents.find((d) => d.id === entry.id);
    if (!at) return;
    Object.assign(at, { state: data.state ?? "reading", pages: data.pages ?? at.pages, pages_done: data.pages_done ?? at.pages_done });
    renderList();
  };
  const end = async () => {
    following.delete(entry.id);
    await load().catch(say);
    const at = documents.find((d) => d.id === entry.id);
    if (at?.state === "failed") say(new Error(t("inbox.failedDone", { file: at.file, why: stateOf.why(at) })));
    else if (at) say(t("inbox.done", { file: at.title || at.file }));
  };
  following.set(entry.id, follow(entry.id, progress, end));
}

async function received(file, answer) {
  say(t(answer.duplicate ? "inbox.duplicate" : "inbox.uploaded", { file: file.name }));
  filter = "all";
  wanted = "";
  await load().catch(say);
  current = Math.max(0, shownDocuments().findIndex((d) => d.id === answer.id));
  render();
}

function renderList() {
  const list = document.getElementById("list");
  if (!list) return;
  const held = list.contains(document.activeElement);
  const rows = shownDocuments();
  current = Math.min(current, Math.max(0, rows.length - 1));
  const columns = ["document", "state", "quality", "doubtful", "findings", "by"];
  const empty = documents.length === 0 ? t("inbox.empty") : t("inbox.emptyFilter");
  list.replaceChildren(
    el("thead", {}, el("tr", {}, columns.map((name) => el("th", { scope: "col", class: name }, t(`inbox.col.${name}`))))),
    el("tbody", {}, rows.length > 0 ? rows.map((entry, i) => row({ ...qualities.get(entry.id), ...entry }, i === current)) : el("tr", {}, el("td", { class: "empty", colspan: columns.length }, empty))),
  );
  renderFilters();
  if (held) focusRow();
}

function renderFilters() {
  const count = (name) => (name === "all" ? documents.length : documents.filter((d) => kind(d) === name).length);
  document.getElementById("filters").replaceChildren(
    ...FILTERS.map((name) =>
      el(
        "button",
        { type: "button", class: "filter", "aria-pressed": String(filter === name), onclick: () => choose(name) },
        t(`inbox.${name}`),
        el("b", {}, String(count(name))),
      ),
    ),
  );
}

function choose(name) {
  filter = name;
  current = 0;
  renderList();
  document.querySelector(".filter[aria-pressed=true]")?.focus();
}

function focusRow() {
  const link = document.querySelectorAll("#list .open")[current];
  link?.focus();
  link?.scrollIntoView({ block: "nearest" });
}

function move(by) {
  const rows = shownDocuments().length;
  const inside = document.activeElement?.closest("#list");
  current = inside ? Math.min(Math.max(current + by, 0), rows - 1) : Math.min(current, rows - 1);
  document.querySelectorAll("#list tbody tr").forEach((r, i) => r.classList.toggle("here", i === current));
  focusRow();
}

function keys(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.key === "Escape" && (typing(event) || wanted || filter !== "all")) {
    wanted = "";
    filter = "all";
    const search = document.getElementById("search");
    search.value = "";
    search.blur();
    renderList();
    return;
  }
  if (typing(event)) {
    if (event.key === "Enter" && event.target.id === "search") focusRow();
    return;
  }
  if (event.key.length === 1 && !singleKeys()) return;
  const act = { j: () => move(1), ArrowDown: () => move(1), k: () => move(-1), ArrowUp: () => move(-1), "/": () => document.getElementById("search").focus(), u: sending.choose }[event.key];
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
      el("span", { class: "grow" }),
      el("input", {
        id: "search",
        type: "search",
        value: wanted,
        placeholder: t("inbox.search"),
        "aria-label": t("inbox.search"),
        oninput: (event) => {
          wanted = event.target.value;
          current = 0;
          renderList();
        },
      }),
      account(who, openHelp),
      el("button", { type: "button", class: "primary", id: "upload", onclick: sending.choose }, t("inbox.upload"), kbd("u")),
    ),
    el(
      "main",
      {},
      sending.zone(),
      el("div", { id: "filters", role: "group", "aria-label": t("inbox.filter") }),
      el("table", { id: "list", "aria-label": t("inbox.title") }),
    ),
  );
  renderList();
}

try {
  who = await session();
  await load();
  addEventListener("keydown", keys);
  inEveryLanguage(render);
} catch (problem) {
  if (problem.status !== 401) say(problem);
}
