// What each column of the document holds, put right for all its rows at once.
import { el } from "./dom.js";
import { t } from "./language.js";
import { complaint, sheet } from "./sheet.js";
import { FIELDS } from "./table.js";

/** Numbers and titles make the tree: they stay. */
const FIXED = new Set(["number", "title"]);

/** `send(change)` settles to null, or to the words of a refusal. */
export function openColumns(desk, send) {
  const complain = complaint();
  const columns = desk.rubric.columns ?? [];
  const line = ({ header, role }, column) => {
    const select = el(
      "select",
      { id: `column-${column}`, disabled: FIXED.has(role), onchange: (event) => change(column, event.target.value) },
      FIXED.has(role) ? el("option", { value: role, selected: true }, t(`field.${role}`)) : null,
      role === "other" ? el("option", { value: "other", selected: true }, t("columns.other")) : null,
      Object.entries(FIELDS).filter(([name]) => !FIXED.has(name)).map(([name, field]) => el("option", { value: name, selected: name === role }, t(`field.${field}`))),
    );
    return el("label", { class: "line" }, header || t("columns.unnamed", { n: column + 1 }), select);
  };
  const window = sheet({ title: t("columns.title"), kind: "columns", content: [el("p", { class: "label" }, t("columns.help")), columns.map(line), complain.line] });
  window.root.querySelector("select:not(:disabled)")?.focus();

  async function change(column, role) {
    const failed = await send({ column, role });
    if (failed === null) window.root.close();
    else complain.say(failed);
  }
}
