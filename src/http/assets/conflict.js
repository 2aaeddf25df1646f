// Two people changed one value: both are shown, and the person says which is to stand.
import { call } from "./api.js";
import { el } from "./dom.js";
import { dateTime, t } from "./language.js";

/** Asks; gives "mine" or "theirs". */
export async function choose(desk, entry, theirs) {
  const { place, mine } = entry;
  const by = await lastAt(desk, place);
  return new Promise((resolve) => {
    let answer = "theirs";
    const side = (name, title, value, said) =>
      el(
        "section",
        { class: "side" },
        el("h3", {}, title),
        said ? el("p", { class: "label" }, said) : null,
        el("p", { class: "value", id: `value-${name}` }, desk.written(place, value) || el("i", {}, t("dock.empty"))),
        el("button", { type: "submit", id: `keep-${name}`, class: name === "mine" ? "primary" : null, onclick: () => (answer = name) }, t(`conflict.keep.${name}`)),
      );
    const dialog = el(
      "dialog",
      { class: "conflict", "aria-labelledby": "conflict-title" },
      el(
        "form",
        { method: "dialog" },
        el("h2", { id: "conflict-title" }, t("conflict.title", { field: t(`field.${place.field}`).toLowerCase(), criterion: desk.name(place.criterion) })),
        el("p", {}, t("conflict.body")),
        el(
          "div",
          { class: "sides" },
          side("mine", t("conflict.mine"), mine, null),
          side("theirs", t("conflict.theirs"), theirs, by ? t("conflict.by", { user: by.author, time: dateTime(by.at) }) : null),
        ),
      ),
    );
    // Neither is thrown away by a key pressed in haste.
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(answer);
    });
    document.body.append(dialog);
    dialog.showModal();
    dialog.querySelector("#keep-mine").focus();
  });
}

/** The last edit or acceptance of a place, to name who made it; null when that cannot be told. */
async function lastAt(desk, { criterion, field }) {
  try {
    const { body } = await call("GET", `/rubrics/${encodeURIComponent(desk.answer.id)}/history`);
    return body.events.findLast((event) => event.field === field && (event.criterion ?? null) === criterion) ?? null;
  } catch {
    return null;
  }
}
