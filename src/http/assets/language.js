// Which language the page speaks, and its words.
import vi from "./text.vi.js";
import en from "./text.en.js";

const TABLES = { vi, en };
const KEPT = "sohoa.language";

export function language() {
  try {
    return localStorage.getItem(KEPT) === "en" ? "en" : "vi";
  } catch {
    return "vi"; // storage is blocked: Vietnamese first
  }
}

export function switchLanguage() {
  try {
    localStorage.setItem(KEPT, language() === "vi" ? "en" : "vi");
  } catch {
    return;
  }
  document.documentElement.lang = language();
  dispatchEvent(new Event("language"));
}

/** The words for `key`, with `{name}` filled in from `values`. */
export function t(key, values = {}) {
  const words = TABLES[language()][key] ?? TABLES.vi[key] ?? key;
  return words.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** True when there are words for `key`. */
export function knows(key) {
  return key in TABLES.vi;
}

/** Whichever of a pair of messages fits the language. */
export function pick(vietnamese, english) {
  return language() === "en" ? english || vietnamese : vietnamese || english;
}

/** A page's note has both languages, a slash between them. */
export function ofNote(note) {
  const [vietnamese, english, ...more] = note.split(" / ");
  return english === undefined || more.length > 0 ? note : pick(vietnamese, english);
}

export function time(iso) {
  const at = iso ? new Date(iso) : new Date();
  return Number.isNaN(at.getTime())
    ? ""
    : at.toLocaleTimeString(language() === "vi" ? "vi-VN" : "en-GB", { hour: "2-digit", minute: "2-digit" });
}

export function dateTime(iso) {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return "";
  return at.toLocaleString(language() === "vi" ? "vi-VN" : "en-GB", { dateStyle: "short", timeStyle: "short" });
}

const UNITS = [["day", 86_400], ["hour", 3_600], ["minute", 60]];

/** How long ago, in the largest unit that fits: "2 ngày trước". */
export function age(iso) {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return "";
  const seconds = Math.max(0, (Date.now() - at.getTime()) / 1000);
  const [unit, length] = UNITS.find(([, length]) => seconds >= length) ?? UNITS.at(-1);
  return new Intl.RelativeTimeFormat(language() === "vi" ? "vi" : "en", { numeric: "auto" }).format(-Math.floor(seconds / length), unit);
}

/** `2024-03-26` as `26/3/2024`. */
export function day(iso) {
  const parts = /^(\d{4})-(\d{2})-(\d{2})/.exec(iso ?? "");
  return parts ? `${Number(parts[3])}/${Number(parts[2])}/${parts[1]}` : (iso ?? "");
}
