// The dictionary: what confirmed rubrics propose, what documents are read with, what to look at again.
import { Actions } from "./actions.js";
import { call } from "./api.js";
import { crop } from "./crop.js";
import { el, kbd } from "./dom.js";
import { fileRow } from "./lexicon-file.js";
import { dateTime, t } from "./language.js";
import { account, cannotStart, helpSheet, inEveryLanguage, say, session } from "./shell.js";

const TABS = ["proposed", "used", "looks"];
const documents = new Map();
const state = { who: null, tab: "proposed", wanted: "", list: [], version: 0, at: 0, editing: null, affected: null };
const may = () => state.who.role !== "clerk";
const current = () => (state.tab === "looks" ? null : state.list[state.at]);
const proposal = () => may() && state.tab === "proposed" && current();

const actions = new Actions().add(
  { name: "next", keys: ["n"], group: "lexicon.title", words: "help.phrases", does: () => go(1) },
  { name: "previous", keys: ["p"], group: "lexicon.title", words: "help.phrases", does: () => go(-1) },
  { name: "accept", keys: ["a"], group: "lexicon.title", words: "lexicon.accept", when: proposal, does: () => decide(current(), "accept") },
  { name: "edit", keys: ["e"], group: "lexicon.title", words: "lexicon.edit", when: proposal, does: () => edit(current()) },
  { name: "reject", keys: ["r"], group: "lexicon.title", words: "lexicon.reject", when: proposal, does: () => decide(current(), "reject") },
  { name: "search", keys: ["/"], group: "lexicon.title", words: "help.search", does: () => document.getElementById("search").focus() },
  { name: "inbox", keys: ["b"], group: "lexicon.title", words: "help.inbox.back", does: () => location.assign("/") },
);
const openHelp = helpSheet(() => actions.sheet());

/** Takes in what the open tab lists; an answer to what nobody asks any more is let go. */
async function load() {
  const { tab, wanted } = state;
  const found = await listed(tab, encodeURIComponent(wanted));
  if (tab !== state.tab || wanted !== state.wanted) return;
  Object.assign(state, found, { at: Math.min(state.at, Math.max(0, found.list.length - 1)) });
}

async function listed(tab, asked) {
  if (tab === "looks") return { list: (await call("GET", "/lexicon/looks")).body.looks };
  if (tab === "proposed") return { list: (await call("GET", `/lexicon/proposals?q=${asked}`)).body.proposals };
  const [accepted, edited, { body }] = await Promise.all([
    call("GET", `/lexicon/proposals?state=accepted&q=${asked}`),
    call("GET", `/lexicon/proposals?state=edited&q=${asked}`),
    call("GET", "/lexicon"),
  ]);
  return { list: [...accepted.body.proposals, ...edited.body.proposals], version: body.version };
}

function build() {
  document.title = `${t("lexicon.title")} – sohoa`;
  document.getElementById("page").replaceChildren(
    el(
      "header",
      { class: "bar" },
      el("a", { class: "brand", href: "/" }, "sohoa"),
      el("h1", {}, t("lexicon.title")),
      el("span", { class: "grow" }),
      el("input", { id: "search", type: "search", value: state.wanted, placeholder: t("lexicon.search"), "aria-label": t("lexicon.search"), oninput: search }),
      account(state.who, openHelp),
    ),
    el("main", {}, el("div", { id: "tabs", role: "tablist" }, TABS.map(tab)), el("div", { id: "panel", role: "tabpanel", "aria-labelledby": `tab-${state.tab}` })),
  );
  draw();
}

function tab(name) {
  const here = name === state.tab;
  return el(
    "button",
    { type: "button", role: "tab", id: `tab-${name}`, "aria-selected": String(here), "aria-controls": "panel", tabindex: here ? "0" : "-1", onclick: () => open(name), onkeydown: tabArrows },
    t(`lexicon.tab.${name}`),
  );
}

function tabArrows(event) {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!by) return;
  event.preventDefault();
  open(TABS[(TABS.indexOf(state.tab) + by + TABS.length) % TABS.length]);
}

async function open(name) {
  Object.assign(state, { tab: name, at: 0, editing: null, affected: null });
  await load().catch(say);
  build();
  document.getElementById(`tab-${name}`).focus();
}

async function search(event) {
  state.wanted = event.target.value;
  await load().catch(say);
  // Whoever went on into the list while the answer was under way stays there.
  const held = document.getElementById("panel").contains(document.activeElement);
  draw();
  if (held) focusCurrent();
}

function draw() {
  document.getElementById("panel").replaceChildren(
    el("p", { class: "lead" }, t(`lexicon.lead.${state.tab}`)),
    ...(state.tab === "used" ? [fileRow(state.version, may(), imported)] : []),
    ...(state.affected ? [affected(state.affected)] : []),
    el("p", { id: "count", role: "status", dataset: { count: state.list.length } }, state.list.length > 0 ? t("lexicon.count", { n: state.list.length }) : t("lexicon.none")),
    ...state.list.map(state.tab === "looks" ? look : phrase),
  );
}

function phrase(item, index) {
  const editing = state.editing === item.id;
  return el(
    "section",
    { class: "phrase", tabindex: "-1", dataset: { phrase: item.id }, "aria-current": index === state.at ? "true" : null, onfocusin: () => moveTo(index) },
    editing ? form(item) : el("p", { class: "words" }, item.phrase),
    el(
      "p",
      { class: "about" },
      item.document_id ? el("a", { href: `/documents/${encodeURIComponent(item.document_id)}?rubric=${encodeURIComponent(item.rubric_id ?? "")}` }, item.source || t("lexicon.source")) : el("span", {}, item.source),
      item.field ? el("span", {}, t(`field.${item.field}`)) : null,
      item.decided_by ? el("span", {}, t("lexicon.by", { user: item.decided_by, time: dateTime(item.decided_at) })) : null,
    ),
    ink(item),
    may() ? answers(item) : null,
  );
}

/** The place on the scan, once the document's pages are known. */
function ink(item) {
  if (!item.document_id || !item.box) return null;
  const place = el("div", {});
  documentOf(item.document_id)
    .then((body) => place.replaceChildren(crop(body, item, t("compare.ink", { page: item.page }))))
    .catch(() => place.replaceChildren(el("p", { class: "soft" }, t("dock.noInk"))));
  return place;
}

function documentOf(id) {
  if (!documents.has(id)) documents.set(id, call("GET", `/documents/${encodeURIComponent(id)}`).then(({ body }) => body));
  return documents.get(id);
}

function answers(item) {
  if (state.tab === "used") {
    return el("div", { class: "answers" }, el("button", { type: "button", class: "danger", onclick: () => decide(item, "retire") }, t("lexicon.retire")));
  }
  return el(
    "div",
    { class: "answers" },
    el("button", { type: "button", class: "primary accept", onclick: () => decide(item, "accept") }, t("lexicon.accept"), kbd("a")),
    el("button", { type: "button", class: "edit", onclick: () => edit(item) }, t("lexicon.edit"), kbd("e")),
    el("button", { type: "button", class: "reject", onclick: () => decide(item, "reject") }, t("lexicon.reject"), kbd("r")),
  );
}

function form(item) {
  const input = el("input", { class: "editor", value: item.phrase, "aria-label": t("lexicon.edit"), maxlength: 600 });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    state.editing = null;
    draw();
    focusCurrent();
  });
  const send = (event) => {
    event.preventDefault();
    decide(item, "edit", input.value);
  };
  return el("form", { onsubmit: send }, input, el("button", { type: "submit", class: "primary" }, t("lexicon.save")));
}

function edit(item) {
  state.editing = item.id;
  draw();
  document.querySelector(".editor").focus();
}

async function decide(item, decision, words) {
  try {
    const json = words === undefined ? { decision } : { decision, phrase: words };
    const { body } = await call("POST", `/lexicon/proposals/${encodeURIComponent(item.id)}`, { json });
    state.editing = null;
    state.affected = body.affected.length > 0 ? body : null;
    say(t(`lexicon.done.${body.state}`, { phrase: body.phrase }));
  } catch (problem) {
    say(problem);
    if (problem.status !== 409) return;
  }
  await load().catch(say);
  draw();
  focusCurrent();
}

/** What the phrase just accepted may have read differently. */
function affected(decided) {
  return el(
    "section",
    { class: "phrase", id: "affected" },
    el("p", {}, t("lexicon.affected", { phrase: decided.phrase, n: decided.affected.length })),
    el(
      "ul",
      {},
      decided.affected.map((one) =>
        el("li", {}, el("a", { href: `/documents/${encodeURIComponent(one.document_id)}` }, one.file), ` – “${one.line}” – ${t(one.queued ? "lexicon.queued" : "lexicon.stays")}`),
      ),
    ),
  );
}

function look(item) {
  const seen = async () => {
    await call("POST", "/lexicon/looks", { json: { phrase_id: item.phrase_id, document_id: item.document_id } }).catch(say);
    await load().catch(say);
    draw();
  };
  return el(
    "section",
    { class: "phrase", tabindex: "-1", dataset: { document: item.document_id } },
    el("p", { class: "words" }, el("a", { href: `/documents/${encodeURIComponent(item.document_id)}` }, item.file)),
    el("p", { class: "about" }, t("lexicon.because", { phrase: item.phrase })),
    el(
      "div",
      { class: "answers" },
      el("a", { class: "button reread", href: `/documents/${encodeURIComponent(item.document_id)}?tab=reread` }, t("tool.reread")),
      el("button", { type: "button", class: "seen", onclick: seen }, t("lexicon.seen")),
    ),
  );
}

async function imported() {
  await load().catch(say);
  draw();
}

function moveTo(index) {
  state.at = index;
  document.querySelectorAll(".phrase[data-phrase]").forEach((section, i) => (i === index ? section.setAttribute("aria-current", "true") : section.removeAttribute("aria-current")));
}

function go(by) {
  if (state.list.length === 0) return;
  const all = document.querySelectorAll("main .phrase[data-phrase], main .phrase[data-document]");
  const held = [...all].findIndex((section) => section.contains(document.activeElement));
  const to = held < 0 ? state.at : Math.min(Math.max(held + by, 0), all.length - 1);
  all[to].focus({ preventScroll: true });
  all[to].scrollIntoView({ block: "nearest" });
}

function focusCurrent() {
  document.querySelectorAll(".phrase[data-phrase]")[state.at]?.focus();
}

async function start() {
  state.who = await session();
  await load();
  inEveryLanguage(build);
  addEventListener("keydown", (event) => actions.handle(event));
}

start().catch(cannotStart);
