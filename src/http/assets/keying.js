// Blind double keying: a score's ink, an empty field, and nothing that says what was read.
import { call } from "./api.js";
import { drawInk } from "./dock.js";
import { el } from "./dom.js";
import { t } from "./language.js";
import { complaint, sheet } from "./sheet.js";

/** What is left to type for this person: `{ asked, left }`. */
export async function keyingOf(desk) {
  const { body } = await call("GET", `/rubrics/${encodeURIComponent(desk.answer.id)}/keying`);
  return body;
}

/**
 * Goes through `left`, one score after the other. `send(change)` settles to null, or to the words of a refusal.
 * What was sent is not shown again, so that nobody compares with their own typing.
 */
export function openKeying(desk, scan, left, send) {
  let at = 0;
  const complain = complaint();
  const progress = el("progress", { max: left.length, value: 0, "aria-label": t("keying.progress") });
  const words = el("p", { class: "label", role: "status" });
  const canvas = el("canvas", { role: "img", "aria-label": t("dock.ink") });
  const input = el("input", { id: "keyed", class: "large", inputmode: "decimal", autocomplete: "off", "aria-describedby": "keying-help" });
  const window = sheet({
    title: t("keying.title"),
    kind: "keying",
    content: [
      progress,
      words,
      el("div", { class: "ink" }, canvas),
      el("label", { class: "line" }, t("keying.value"), input),
      complain.line,
      el("p", { class: "label", id: "keying-help" }, t("keying.help")),
      el("div", { class: "answers" }, el("button", { type: "button", id: "keying-empty", onclick: () => next("") }, t("keying.empty")), el("button", { type: "button", class: "primary", onclick: () => next(input.value) }, t("keying.next"))),
    ],
  });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    if (input.value.trim() === "") complain.say(t("keying.nothing"));
    else next(input.value);
  });
  show();

  function show() {
    const { field, page, box } = left[at];
    progress.value = at;
    words.textContent = t("keying.at", { i: at + 1, n: left.length, field: t(`field.${field}`).toLowerCase(), page });
    input.value = "";
    const asked = at;
    // A page without a picture says so in the scan.
    scan.pixels(page).then((pixels) => canvas.isConnected && asked === at && drawInk(canvas, pixels, box, scan.sizeOf(page)), () => null);
    input.focus();
  }

  async function next(typed) {
    const { criterion, field } = left[at];
    input.disabled = true;
    const failed = await send([{ criterion, field, value: typed.trim() === "" ? null : typed }]);
    input.disabled = false;
    complain.say(failed);
    if (failed !== null) return input.focus();
    at += 1;
    if (at === left.length) window.root.close();
    else show();
  }
}
