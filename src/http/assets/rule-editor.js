// The rules of one criterion, in words or one by one, with what the checks say of them while one types.
import { call } from "./api.js";
import { shown } from "./decimal.js";
import { cut, el } from "./dom.js";
import { pick, t } from "./language.js";
import { chip, wordsOf } from "./rules.js";
import { complaint, sheet } from "./sheet.js";

/** Milliseconds without a key before the words are read. */
const PAUSE = 250;
/** What of a rule is a line of text, by its type; `award` is told apart. */
const FIELDS = {
  band: ["variable", "unit", "lower", "lower_closed", "upper", "upper_closed", "award"],
  formula: ["expression", "floor", "cap"],
  choice: ["label", "award"],
  per_unit: ["unit", "points", "cap"],
  penalty: ["unit", "points", "share", "floor"],
  component: ["label", "points", "when"],
  target: ["variable", "lower", "lower_closed", "upper", "upper_closed"],
  cap: ["points"],
  text: [],
};
const CLOSED = new Set(["lower_closed", "upper_closed"]);
const NUMBERS = new Set(["lower", "upper", "points", "cap", "floor", "share"]);

/** `send(change)` settles to null, or to the words of a refusal. */
export function openRules(desk, id, send) {
  const criterion = desk.criterion(id);
  if (!criterion) return;
  const before = wordsOf(criterion.rules);
  const kept = shelf(desk, id);
  let rules = structuredClone(criterion.rules ?? []);
  let one = false; // one by one, not in words
  let touched = false;
  let asked = 0;
  let timer;

  const complain = complaint();
  const words = el("textarea", { id: "rule-words", rows: Math.min(14, 4 + rules.length), value: kept.get() ?? before, "aria-describedby": "rule-help" });
  const field = el("label", { class: "line" }, t("rules.words"), words);
  const list = el("div", { id: "rule-list" });
  const found = el("div", { id: "rule-findings", role: "status" });
  const mode = el("button", { type: "button", id: "rule-mode", onclick: oneByOne }, t("rules.oneByOne"));
  const go = el("button", { type: "button", class: "primary", id: "rule-save", onclick: save }, t("rules.save"));
  const title = [criterion.number, criterion.title].filter(Boolean).join(". ");
  const window = sheet({
    title: t("rules.title", { criterion: cut(title, 90) }),
    kind: "rule-editor",
    content: [field, el("p", { class: "label", id: "rule-help" }, t("rules.help")), list, found, complain.line, el("div", { class: "answers" }, mode, go)],
    keys: (event) => {
      if (event.key === "Enter" && event.ctrlKey) {
        event.preventDefault();
        save();
      }
    },
    closed: () => clearTimeout(timer),
  });
  words.addEventListener("input", () => {
    kept.put(words.value);
    later();
  });
  draw();
  tell();
  words.focus();

  function later() {
    clearTimeout(timer);
    timer = setTimeout(tell, PAUSE);
  }

  /** What the server makes of it, without keeping it. An answer that a later question overtook is dropped. */
  async function tell() {
    const own = (asked += 1);
    try {
      const body = one ? { criterion: id, rules } : { criterion: id, words: words.value };
      const { body: told } = await call("POST", `/rubrics/${encodeURIComponent(desk.answer.id)}/rules`, { json: body });
      if (own !== asked) return;
      complain.say(null);
      if (!one) {
        rules = told.rules;
        draw();
      }
      const reach = told.most === null ? t("rules.noEnd") : t("rules.reach", { least: shown(told.least ?? "0"), most: shown(told.most) });
      found.replaceChildren(
        ...(rules.length > 0 ? [el("p", { class: "label" }, reach)] : []),
        ...told.findings.map((f) => el("p", { class: f.severity === "error" ? "bad" : "look" }, pick(f.message, f.message_en))),
      );
    } catch (problem) {
      if (own === asked) complain.say(problem.message);
    }
  }

  function draw() {
    list.replaceChildren(...(one ? rules.map(form) : [el("ul", { class: "read-as" }, rules.map((rule) => el("li", { class: `rule rule-${rule.type}` }, line(rule))))]));
  }

  function line(rule) {
    const { before: head, points, after } = chip(rule);
    return [rule.type === "text" ? el("span", { class: "look" }, t("rules.asText")) : null, head, points ? el("b", {}, points) : null, after];
  }

  function oneByOne() {
    one = true;
    mode.remove();
    field.replaceChildren(el("p", { class: "label" }, t("rules.source")), el("p", { class: "source" }, words.value));
    draw();
    list.querySelector("input")?.focus();
  }

  function form(rule, index) {
    const fields = FIELDS[rule.type] ?? [];
    return el(
      "fieldset",
      { class: "rule-form" },
      el("legend", {}, `${index + 1}. ${t(`rule.type.${rule.type}`)}`),
      fields.map((name) => input(rule, name)),
      el("button", { type: "button", class: "quiet", onclick: () => drop(index) }, t("rules.drop")),
      el("p", { class: "label" }, rule.text ?? ""),
    );
  }

  function input(rule, name) {
    const changed = (value) => {
      touched = true;
      if (name === "award") rule.award = award(value);
      else if (value === "" || value === null) delete rule[name];
      else rule[name] = NUMBERS.has(name) ? value.replace(",", ".") : value;
      later();
    };
    if (CLOSED.has(name)) {
      return el("label", { class: "tick" }, el("input", { type: "checkbox", checked: Boolean(rule[name]), onchange: (event) => changed(event.target.checked) }), t(`rule.${name}`));
    }
    const value = name === "award" ? said(rule.award) : NUMBERS.has(name) ? shown(rule[name]) : (rule[name] ?? "");
    return el("label", {}, t(`rule.${name}`), el("input", { value, inputmode: NUMBERS.has(name) ? "decimal" : null, autocomplete: "off", oninput: (event) => changed(event.target.value.trim()) }));
  }

  function drop(index) {
    touched = true;
    rules.splice(index, 1);
    draw();
    later();
    (list.querySelector("input") ?? go).focus();
  }

  async function save() {
    if (one ? !touched : words.value === before) {
      kept.drop();
      return window.root.close();
    }
    go.disabled = true;
    const failed = await send(one ? { criterion: id, rules } : { criterion: id, words: words.value });
    go.disabled = false;
    if (failed !== null) return complain.say(failed);
    kept.drop();
    window.root.close();
  }
}

/** Points, "max", or an expression over the rule's variables. */
function award(text) {
  if (text === "") return null;
  if (["max", t("rule.max").toLowerCase()].includes(text.toLowerCase())) return { max: true };
  const number = text.replace(",", ".");
  return /^\d+(\.\d+)?$/.test(number) ? { points: number } : { formula: text };
}

function said(given) {
  if (!given) return "";
  if (given.max) return "max";
  return given.points === undefined ? (given.formula ?? "") : shown(given.points);
}

/** What was typed and not saved is there again when the sheet is opened again, were it after a reload. */
function shelf(desk, id) {
  const key = `sohoa.rules.${desk.who.user}.${desk.answer.id}.${id}`;
  const able = (does) => {
    try {
      return does();
    } catch {
      return null; // storage is blocked
    }
  };
  return { get: () => able(() => localStorage.getItem(key)), put: (text) => able(() => localStorage.setItem(key, text)), drop: () => able(() => localStorage.removeItem(key)) };
}
