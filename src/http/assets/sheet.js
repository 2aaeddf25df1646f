// A dialog that stays open while a person works in it, and stops the page's keys meanwhile.
import { el } from "./dom.js";
import { t } from "./language.js";

/**
 * Opens a dialog. `keys(event)` sees each press first; what it handles it prevents. `leaving()` may say no to being closed.
 * Returns `{ root, close }`.
 */
export function sheet({ title, kind, content, keys, leaving, closed }) {
  const close = () => {
    if (leaving && !leaving()) return;
    dialog.close();
  };
  const dialog = el(
    "dialog",
    { class: kind, "aria-labelledby": "sheet-title" },
    el("div", { class: "help-head" }, el("h2", { id: "sheet-title" }, title), el("button", { type: "button", class: "quiet", "aria-label": t("common.close"), onclick: close }, "×")),
    content,
  );
  dialog.addEventListener("keydown", (event) => keys?.(event));
  // Esc asks first, too.
  dialog.addEventListener("cancel", (event) => {
    if (event.target !== dialog) return;
    event.preventDefault();
    close();
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    closed?.();
  });
  document.body.append(dialog);
  dialog.showModal();
  return { root: dialog, close };
}

/** Says in place why something was refused; empty words take it away. */
export function complaint() {
  const line = el("p", { class: "bad", role: "alert", hidden: true });
  return {
    line,
    say: (words) => {
      line.textContent = words ?? "";
      line.hidden = !words;
    },
  };
}
