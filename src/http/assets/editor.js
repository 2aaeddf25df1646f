// The field in a cell: what is typed is kept with every letter until the server has it.
import { decimal } from "./decimal.js";
import { el } from "./dom.js";
import { t } from "./language.js";
import { isScore, keyOf } from "./model.js";

export class CellEditor {
  #desk;
  #save;
  #closed;
  #open = null;

  /**
   * `save(place, typed, began)` settles to null or to the reason why not; `closed()` is told when a cell has its own content
   * back.
   */
  constructor(desk, { save, closed }) {
    this.#desk = desk;
    this.#save = save;
    this.#closed = closed;
  }

  /** The place that is being edited; null when none is. */
  get place() {
    return this.#open?.place ?? null;
  }

  get cell() {
    return this.#open?.cell ?? null;
  }

  /** True while there is something in the field that the server has not got. */
  get changed() {
    return Boolean(this.#open) && this.#open.input.value.trim() !== this.#open.before.trim();
  }

  /** Opens in a cell. `kept`: a text from before with where it began; `failed`: why it was refused. */
  open(cell, place, { kept, failed, settled } = {}) {
    const began = kept ? { before: kept.before, seen: kept.seen } : this.#desk.begin(place);
    const before = this.#desk.written(place, began.before);
    const short = isScore(place.field) || place.field === "number";
    const label = t("table.edit", { field: t(`field.${place.field}`).toLowerCase(), criterion: this.#desk.name(place.criterion) });
    const value = kept?.text ?? before;
    const input = short
      ? el("input", { class: "editor", "aria-label": label, inputmode: isScore(place.field) ? "decimal" : null, autocomplete: "off", value })
      : el("textarea", { class: "editor", "aria-label": label, rows: Math.min(8, 2 + Math.ceil(value.length / 48)), value });
    const hint = el("span", { class: "editor-hint" }, this.#hint(place, short, kept));
    this.#open = { cell, place, input, hint, before, began, content: [...cell.childNodes], settled };
    cell.classList.add("editing");
    cell.replaceChildren(input, hint);
    input.addEventListener("input", () => this.#keep());
    input.addEventListener("keydown", (event) => this.#keys(event));
    input.addEventListener("blur", () => this.#left(input));
    input.focus();
    if (kept) input.setSelectionRange(value.length, value.length);
    else input.select();
    if (failed) this.#refused(failed);
  }

  #hint(place, short, kept) {
    const hint = t(short ? "table.editHint" : "table.editHintLong");
    if (!kept) return hint;
    const now = this.#desk.shown(place);
    const moved = now !== this.#desk.written(place, kept.before) && now !== kept.text;
    return `${moved ? t("table.keptMoved", { value: now || t("dock.empty") }) : t("table.kept")} ${hint}`;
  }

  #keep() {
    const { place, input, began } = this.#open;
    if (this.changed) this.#desk.drafts.keep(keyOf(place), { text: input.value, ...began });
    else this.#desk.drafts.drop(keyOf(place));
  }

  #keys(event) {
    event.stopPropagation();
    if (event.key === "Escape") {
      this.#desk.drafts.drop(keyOf(this.place));
      this.close(true);
    } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.#store(true);
    }
  }

  /** The cell gets its content back, and with `back` the keyboard. */
  close(back) {
    if (!this.#open) return;
    const { cell, content } = this.#open;
    this.#open = null;
    cell.classList.remove("editing");
    cell.replaceChildren(...content);
    if (back) cell.focus({ preventScroll: true });
    this.#closed();
  }

  /** Going elsewhere on the page stores. Turning to another window does not, and neither does leaving the page: the text is kept. */
  #left(input) {
    const elsewhere = this.#open?.input === input && document.hasFocus() && document.activeElement !== input;
    if (elsewhere && !input.disabled && !input.hasAttribute("aria-invalid")) this.#store(false);
  }

  async #store(back) {
    const { place, input, began, settled } = this.#open;
    if (input.disabled) return;
    const key = keyOf(place);
    const typed = input.value;
    if (!this.changed) {
      this.#desk.drafts.drop(key);
      return this.close(back);
    }
    if (surely(place, typed)) {
      // What will be taken is shown at once; a refusal brings the field back.
      this.close(back);
      this.#save(place, typed, began);
      this.#desk.drafts.drop(key);
      if (back) settled?.();
      return;
    }
    input.disabled = true;
    const failed = await this.#save(place, typed, began);
    if (this.#open?.input !== input) return;
    input.disabled = false;
    if (failed !== null) return this.#refused(failed);
    this.#desk.drafts.drop(key);
    this.close(back);
  }

  #refused(why) {
    const { input, hint } = this.#open;
    input.setAttribute("aria-invalid", "true");
    hint.className = "editor-hint bad";
    hint.setAttribute("role", "alert");
    hint.textContent = why;
    hint.scrollIntoView({ block: "nearest" });
    input.focus();
  }
}

/** True for what the server will take: a score is a number that is not below zero, and everything else is text. */
function surely({ field }, typed) {
  if (typed.trim() === "" || !isScore(field)) return typed.length < 10000;
  const value = decimal(typed);
  return Boolean(value) && value.units >= 0n && typed.trim().length < 12;
}
