// What the account page is made of: sections, fields and tables.
import { el } from "./dom.js";
import { t } from "./language.js";

/** A section with the words of `key`.title and `key`.lead. */
export function section(key, ...content) {
  const id = key.replace(".", "-");
  return el("section", { "aria-labelledby": id }, el("h2", { id }, t(`${key}.title`)), el("p", { class: "lead" }, t(`${key}.lead`)), content);
}

/** An input with its label. */
export function field(label, properties) {
  return el("label", {}, el("span", {}, label), el("input", properties));
}

/** A table of `lines`, each a list of cells; a cell is text or an element. `columns` are keys; null: a column of buttons. */
export function rows(id, columns, lines) {
  const head = columns.map((key) => (key ? el("th", { scope: "col" }, t(key)) : el("td", {})));
  const cells = (line) => line.map((cell, i) => el("td", { class: columns[i] ? null : "do" }, cell));
  const body = lines.length > 0 ? lines.map((line) => el("tr", {}, cells(line))) : el("tr", {}, el("td", { class: "empty", colspan: columns.length }, t("account.none")));
  return el("div", { class: "rows", tabindex: "0", role: "region", "aria-labelledby": `account-${id}` }, el("table", { id }, el("thead", {}, el("tr", {}, head)), el("tbody", {}, body)));
}

/** Says under a form why it was not done. */
export function failedIn(form, problem) {
  form.querySelector(".failed").textContent = problem.message;
}
