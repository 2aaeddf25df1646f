// Scoring rules as they will be run, in a line each.
import { shown } from "./decimal.js";
import { t } from "./language.js";

/** The words of rules, a line for each paragraph they came from. */
export function wordsOf(rules) {
  const lines = [];
  for (const rule of rules ?? []) {
    const line = (rule.text ?? "").replace(/\s+/g, " ").trim();
    if (line && lines.at(-1) !== line) lines.push(line);
  }
  return lines.join("\n");
}

/** `{ before, points, after, why }`: the chip shows the first three, `points` strong; `why` is the words it came from. */
export function chip(rule) {
  const parts = { before: "", points: "", after: "", why: rule.text ?? "", type: rule.type };
  switch (rule.type) {
    case "band":
      return { ...parts, before: `${interval(rule)} → `, points: award(rule.award) };
    case "choice":
      return { ...parts, before: `${rule.label} → `, points: award(rule.award) };
    case "formula":
      return { ...parts, before: t("rule.score", { expression: expression(rule.expression) }), after: limits(rule) };
    case "per_unit":
      return { ...parts, points: shown(rule.points), after: per(rule.unit) + limits(rule) };
    case "penalty":
      return penalty(parts, rule);
    case "component":
      return { ...parts, points: `+${shown(rule.points)}`, after: ` ${rule.label}${rule.when ? ` (${rule.when})` : ""}` };
    case "target":
      return { ...parts, before: t("rule.target", { interval: interval(rule) }) };
    case "cap":
      return { ...parts, before: t(`rule.cap.${rule.of}`, { points: shown(rule.points) }) };
    default:
      return { ...parts, before: rule.text ?? "", why: t("rule.text") };
  }
}

function penalty(parts, rule) {
  const amount = rule.share ? `${shown(rule.share)}%` : shown(rule.points);
  const base = rule.from === "total" ? ` ${t("rule.ofTotal")}` : "";
  const [before, after] = t("rule.minus", { amount: "\u0000" }).split("\u0000");
  return { ...parts, before, points: amount, after: (after ?? "") + per(rule.unit) + base + limits(rule) };
}

function per(unit) {
  return unit ? t("rule.per", { amount: "", unit }) : "";
}

function limits(rule) {
  const said = [];
  if (rule.floor) said.push(t("rule.atLeast", { points: shown(rule.floor) }));
  if (rule.cap) said.push(t("rule.atMost", { points: shown(rule.cap) }));
  return said.length > 0 ? ` (${said.join(", ")})` : "";
}

function award(award) {
  if (!award) return t("rule.none");
  if (award.points !== undefined) return shown(award.points);
  if (award.max) return t("rule.max");
  return expression(award.formula);
}

function expression(text) {
  return String(text ?? "")
    .replace(/\bmax\b(?!\s*\()/g, t("rule.max"))
    .replaceAll("*", "×");
}

/** A longer name makes the rule hard to see; the words it came from are a hover away. */
const LONGEST_NAME = 18;

/** A target has no unit of its own: its words say whether the bound is a percentage. */
function saysPercent(rule) {
  const bound = rule.lower ?? rule.upper;
  return rule.type === "target" && new RegExp(`(^|\\D)${shown(bound)}\\s?%`).test(rule.text ?? "");
}

/** `80% ≤ x < 100%`, `x = 100%`, `x ≥ 50%`. */
export function interval(rule) {
  const percent = rule.unit === "%" || rule.variable === "%" || saysPercent(rule);
  const name = rule.variable && rule.variable !== "%" && rule.variable.length <= LONGEST_NAME ? rule.variable : "x";
  const unit = percent ? "%" : rule.unit ? ` ${rule.unit}` : "";
  const end = (value) => shown(value) + unit;
  const { lower, upper } = rule;
  if (lower && upper && lower === upper) return `${name} = ${end(lower)}`;
  const under = rule.upper_closed ? "≤" : "<";
  if (lower && upper) return `${end(lower)} ${rule.lower_closed ? "≤" : "<"} ${name} ${under} ${end(upper)}`;
  if (lower) return `${name} ${rule.lower_closed ? "≥" : ">"} ${end(lower)}`;
  if (upper) return `${name} ${under} ${end(upper)}`;
  return name;
}
