// The tabs and choices over the list.
import { el, kbd } from "./dom.js";
import { AGES, HOLDERS, SORTS, WORKS } from "./inbox-asked.js";
import { t } from "./language.js";

/** `change({ name: value })` is called with what was chosen. */
export function filters(value, counts, change) {
  return [
    el(
      "div",
      { class: "tabs", role: "group", "aria-label": t("inbox.filter") },
      WORKS.map((work, at) =>
        el(
          "button",
          { type: "button", class: "filter", dataset: { work }, title: String(at + 1), "aria-pressed": String(value.work === work), onclick: () => change({ work }) },
          t(`inbox.${work}`),
          el("b", {}, String(counts?.[work] ?? "…")),
        ),
      ),
    ),
    choice("holder", HOLDERS, value, change, "m"),
    choice("age", AGES, value, change),
    choice("sort", SORTS, value, change, "o"),
    el(
      "label",
      { class: "faults" },
      el("input", { type: "checkbox", id: "findings", checked: value.findings === "errors", onchange: (event) => change({ findings: event.target.checked ? "errors" : "" }) }),
      t("inbox.onlyErrors"),
    ),
  ];
}

function choice(name, values, value, change, key) {
  const options = values.map((one) => el("option", { value: one, selected: value[name] === one }, t(`inbox.${name}.${one || "any"}`)));
  return el("label", { class: "choice" }, el("select", { id: name, "aria-label": t(`inbox.${name}`), onchange: (event) => change({ [name]: event.target.value }) }, options), key ? kbd(key) : null);
}
