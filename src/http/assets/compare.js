// What changed between two decisions, criterion by criterion, beside the ink of both.
import { Actions } from "./actions.js";
import { call } from "./api.js";
import { crop, placesOf } from "./crop.js";
import { shown } from "./decimal.js";
import { el, kbd } from "./dom.js";
import { settleBox } from "./compare-settle.js";
import { day, knows, t } from "./language.js";
import { account, cannotStart, helpSheet, inEveryLanguage, say, session } from "./shell.js";
import { wording } from "./wording.js";

const SCORES = ["max_score", "bonus", "deduction", "bonus_max"];
const COLOURS = { added: "good", removed: "bad", changed: "look", moved: "here" };
const id = decodeURIComponent(location.pathname.split("/")[2] ?? "");
const path = `/rubrics/${encodeURIComponent(id)}`;
const actions = new Actions().add(
  { name: "next", keys: ["n"], group: "help.compare", words: "help.differences", does: () => go(1) },
  { name: "previous", keys: ["p"], group: "help.compare", words: "help.differences", does: () => go(-1) },
  { name: "desk", keys: ["b"], group: "help.compare", words: "help.desk.back", does: () => location.assign(deskAddress()) },
);
const openHelp = helpSheet(() => actions.sheet());

/** `own` and `other`: { name, rubric, document }. */
const page = { who: null, etag: "", answer: null, amends: null, own: null, other: null, against: "", differences: [], at: 0 };

async function documentOf(documentId) {
  return (await call("GET", `/documents/${encodeURIComponent(documentId)}`)).body;
}

function nameOf(document, rubric) {
  const date = document.metadata?.date ? day(document.metadata.date) : null;
  return [document.number, date, rubric.title || document.title || document.file].filter(Boolean).join(" · ");
}

async function load() {
  const [{ body, etag }, { body: amends }] = await Promise.all([call("GET", path), call("GET", `${path}/amends`)]);
  Object.assign(page, { answer: body, etag, amends });
  const document = await documentOf(body.document_id);
  page.own = { rubric: body.rubric, document, name: nameOf(document, body.rubric) };
  const wanted = new URLSearchParams(location.search).get("against");
  await choose(wanted ?? amends.rubric ?? amends.candidates[0]?.rubric ?? "base");
}

/** Compares with `against`: `base`, `version:N` or another rubric's id. */
async function choose(against) {
  const { body: diff } = await call("GET", `${path}/diff?against=${encodeURIComponent(against)}`);
  page.against = against;
  page.other = await otherSide(against);
  page.differences = diff.rubrics.flatMap(differencesOf);
  page.at = 0;
  history.replaceState(null, "", `${location.pathname}?against=${encodeURIComponent(against)}`);
}

async function otherSide(against) {
  const version = against === "base" ? 1 : Number(/^version:(\d+)$/.exec(against)?.[1]);
  if (version) {
    const { body } = await call("GET", `${path}/versions/${version}`);
    return { rubric: body.rubric, document: page.own.document, name: versionName(against) };
  }
  const { body } = await call("GET", `/rubrics/${encodeURIComponent(against)}`);
  const document = await documentOf(body.document_id);
  return { rubric: body.rubric, document, name: nameOf(document, body.rubric) };
}

function versionName(against) {
  return against === "base" ? t("compare.base") : t("compare.version", { n: against.slice("version:".length) });
}

/** The rubric's own changes first, then its criteria in order. */
function differencesOf(rubric) {
  if (rubric.fate === "added" || rubric.fate === "removed") return [{ ...rubric, whole: true, changes: [] }];
  const own = rubric.changes ?? [];
  return [...(own.length > 0 ? [{ fate: "changed", whole: true, title: t("compare.whole"), changes: own }] : []), ...(rubric.criteria ?? [])];
}

function owner(side, difference, which) {
  if (difference.whole) return side.rubric;
  return side.rubric.criteria.find((c) => c.id === difference[which]);
}

function build() {
  document.title = `${t("compare.title")}: ${page.own.name} – sohoa`;
  document.getElementById("page").replaceChildren(
    el(
      "header",
      { class: "bar" },
      el("a", { class: "crumb", id: "back", href: deskAddress() }, t("desk.title"), " ›"),
      el("h1", {}, t("compare.title")),
      el("span", { class: "grow" }),
      account(page.who, openHelp),
    ),
    el("main", {}, settleBox(page, { settle, compare }), sides(), walk(), ...page.differences.map(difference)),
  );
}

function deskAddress() {
  return `/documents/${encodeURIComponent(page.answer.document_id)}?rubric=${encodeURIComponent(id)}`;
}

function sides() {
  const versions = Array.from({ length: page.answer.version - 1 }, (_, i) => `version:${i + 1}`).filter((v) => v !== "version:1");
  const named = page.amends.candidates.map((c) => [c.rubric, [c.number, c.title].filter(Boolean).join(" · ")]);
  const listed = named.some(([rubric]) => rubric === page.against) || page.against === "base" || page.against.startsWith("version:");
  const choices = [
    ...(listed ? [] : [[page.against, page.other.name]]),
    ...named,
    ["base", t("compare.base")],
    ...versions.reverse().map((v) => [v, versionName(v)]),
  ];
  const select = el(
    "select",
    { id: "against", "aria-label": t("compare.against"), onchange: (event) => compare(event.target.value) },
    choices.map(([value, words]) => el("option", { value, selected: value === page.against }, words)),
  );
  return el(
    "div",
    { id: "sides" },
    el("section", {}, el("h2", {}, t("compare.before")), el("p", {}, page.other.name), select),
    el("section", {}, el("h2", {}, t("compare.after")), el("p", {}, page.own.name)),
  );
}

function walk() {
  const count = page.differences.length;
  if (count === 0) return el("p", { id: "walk", role: "status" }, t("compare.same"));
  return el(
    "div",
    { id: "walk" },
    el("b", { id: "count", dataset: { count } }, t("compare.count", { n: count })),
    el("button", { type: "button", id: "previous", onclick: () => go(-1) }, t("dock.previous"), kbd("p")),
    el("button", { type: "button", id: "next", onclick: () => go(1) }, t("dock.next"), kbd("n")),
  );
}

function difference(item, index) {
  const title = item.whole ? item.title : `${item.new ?? item.old} ${item.title}`;
  const fates = [item.fate === "changed" && (item.changes ?? []).length === 0 ? null : item.fate, item.moved ? "moved" : null].filter(Boolean);
  return el(
    "section",
    { class: "difference", tabindex: "-1", "aria-labelledby": `difference-${index}`, dataset: { fate: item.fate, criterion: item.new ?? item.old ?? "" } },
    el("h2", { id: `difference-${index}` }, fates.map((fate) => el("span", { class: `chip ${COLOURS[fate]}` }, t(`compare.${fate}`))), title),
    item.moved && item.old !== item.new ? el("p", { class: "soft" }, t("compare.from", { old: item.old, new: item.new })) : null,
    item.fate === "changed" ? (item.changes ?? []).map((change) => changed(item, change)) : alone(item),
  );
}

/** A criterion that only one side has. */
function alone(item) {
  const added = item.fate === "added";
  const side = added ? page.own : page.other;
  const criterion = owner(side, item, added ? "new" : "old");
  const fields = ["title", "max_score"].filter((field) => criterion?.[field]);
  return fields.map((field) => {
    const value = { field, [added ? "new" : "old"]: criterion[field] };
    return changed(item, value);
  });
}

function changed(item, change) {
  const field = change.field === "bonus_max" ? "bonus" : change.field;
  const called = knows(`field.${change.field}`) ? t(`field.${change.field}`) : t(`compare.field.${change.field}`);
  return el(
    "div",
    { class: "change", dataset: { field: change.field } },
    el("h3", {}, called, change.only_words ? el("span", { class: "label" }, ` ${t("compare.onlyWords")}`) : null),
    one(page.other, owner(page.other, item, "old"), field, change, "before"),
    one(page.own, owner(page.own, item, "new"), field, change, "after"),
  );
}

/** One side of a change: its words with what differs marked, and the ink they were read from. */
function one(side, criterion, field, change, which) {
  const text = which === "before" ? change.old : change.new;
  const score = SCORES.includes(change.field);
  const words = score ? shown(text ?? "") : marked(change, which);
  const places = text && criterion ? placesOf(criterion, field) : [];
  return el(
    "div",
    { class: "side", dataset: { side: which } },
    el("p", { class: score ? "large" : null }, text ? words : el("i", { class: "soft" }, t("compare.nothing"))),
    places.slice(0, 2).map((place) => crop(side.document, place, t("compare.ink", { page: place.page }))),
  );
}

function marked(change, which) {
  const [mine, tag] = which === "before" ? ["removed", "del"] : ["added", "ins"];
  const pieces = wording(change.old ?? "", change.new ?? "").filter(([kind]) => kind === "same" || kind === mine);
  return pieces.flatMap(([kind, words], i) => [i > 0 ? " " : null, kind === "same" ? words : el(tag, {}, words)]);
}

function go(by) {
  const all = [...document.querySelectorAll(".difference")];
  if (all.length === 0) return;
  const current = all.findIndex((section) => section.hasAttribute("aria-current"));
  page.at = current < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(current + by, 0), all.length - 1);
  all.forEach((section, i) => (i === page.at ? section.setAttribute("aria-current", "true") : section.removeAttribute("aria-current")));
  all[page.at].focus({ preventScroll: true });
  all[page.at].scrollIntoView({ block: "nearest" });
}

async function compare(against) {
  await choose(against).catch(say);
  build();
  document.getElementById("against").focus();
}

/** A person says which rubric this one changes; `null`: none. */
async function settle(rubric) {
  try {
    await call("PUT", `${path}/amends`, { json: { rubric }, ifMatch: page.etag });
    await load();
    say(t(rubric ? "compare.settled" : "compare.settledNone"));
  } catch (problem) {
    say(problem);
    if (problem.status === 412) await load();
  }
  build();
}

async function start() {
  page.who = await session();
  await load();
  inEveryLanguage(build);
  addEventListener("keydown", (event) => actions.handle(event));
}

start().catch(cannotStart);
