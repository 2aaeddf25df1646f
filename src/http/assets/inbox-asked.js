// What the inbox asks the server for: kept in the address, so that a reload and the way back show the same list.

export const WORKS = ["all", "todo", "reading", "submitted", "confirmed", "failed"];
export const HOLDERS = ["", "me", "nobody"];
export const SORTS = ["", "oldest", "doubtful", "findings", "title", "holder"];
/** Days that a document has waited at least. */
export const AGES = ["", "1", "7", "30"];
/** Rows in one answer; more come as one goes down the list. */
export const STEP = 50;
const MOST = { words: 100, without: 500 };
const KEPT = ["work", "q", "holder", "findings", "age", "sort"];
const DAY = 86_400_000;

/** From the address. */
export function asked() {
  const given = new URLSearchParams(location.search);
  const value = { work: "all", q: "", holder: "", findings: "", age: "", sort: "" };
  for (const name of KEPT) value[name] = given.get(name) ?? value[name];
  if (!WORKS.includes(value.work)) value.work = "all";
  if (!HOLDERS.includes(value.holder)) value.holder = "";
  if (!SORTS.includes(value.sort)) value.sort = "";
  if (!AGES.includes(value.age)) value.age = "";
  value.findings = value.findings === "errors" ? "errors" : "";
  return value;
}

/** Into the address. */
export function keep(value) {
  const kept = new URLSearchParams();
  for (const name of KEPT) if (value[name] && value[name] !== "all") kept.set(name, value[name]);
  const query = kept.toString();
  history.replaceState(null, "", query ? `${location.pathname}?${query}` : location.pathname);
}

/** True when nothing narrows the list. */
export function isAll(value) {
  return value.work === "all" && !value.q && !value.holder && !value.findings && !value.age;
}

/** The path of a list: so many rows, after what an earlier answer gave as `next`. */
export function path(value, rows, next) {
  const query = new URLSearchParams();
  if (value.q) query.set("q", value.q);
  if (value.work !== "all") query.set("work", value.work);
  if (value.holder) query.set("holder", value.holder);
  if (value.findings) query.set("findings", value.findings);
  if (value.age) query.set("until", new Date(Date.now() - Number(value.age) * DAY).toISOString());
  if (value.sort) query.set("sort", value.sort);
  if (next) query.set("before", next);
  query.set("limit", String(Math.min(rows, value.q ? MOST.words : MOST.without)));
  return `/documents?${query}`;
}
