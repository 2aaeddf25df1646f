// What can be done on a page: one list, from which the keys, the sheet of keys and the buttons are made.
import { el, kbd, typing } from "./dom.js";
import { t } from "./language.js";

const SINGLE_KEYS = "sohoa.singleKeys";

/** False when the person has switched keys of one letter off: with speech input they fire by chance. */
export function singleKeys() {
  try {
    return localStorage.getItem(SINGLE_KEYS) !== "off";
  } catch {
    return true; // storage is blocked
  }
}

export function setSingleKeys(on) {
  try {
    localStorage.setItem(SINGLE_KEYS, on ? "on" : "off");
  } catch {
    // Nothing to keep it in: it stays as it is.
  }
}

/**
 * An action is
 *   name   what it is called in the code;
 *   keys   the keys that do it, as in `KeyboardEvent.key`;
 *   group  the title under which the sheet of keys lists it, words what it says there: actions of the same words are one line;
 *   shown  what the sheet writes for the keys, where that differs;
 *   when   whether it can be done now (always, without it);
 *   does   does it, given the key; without it the action is only told of, and some part of the page sees to it;
 *   label  the words of its button in the toolbar; without them it has none.
 */
export class Actions {
  #list = [];

  /** Adds actions behind those that are there. No two may have the same key. */
  add(...actions) {
    for (const action of actions) {
      const taken = action.does && this.#list.find((other) => other.does && other.keys.some((key) => action.keys.includes(key)));
      if (taken) throw new Error(`the keys of ${action.name} are those of ${taken.name}`);
      this.#list.push(action);
    }
    return this;
  }

  /** Does what a key press asks for; presses that belong to a field or a dialog are left alone. */
  handle(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event) || document.querySelector("dialog[open]")) return;
    if (event.key.length === 1 && !singleKeys()) return;
    // On a control, Enter is that control's.
    if (event.key === "Enter" && event.target.closest?.("button, a, summary, select")) return;
    const action = this.#list.find(({ does, keys }) => does && keys.includes(event.key));
    if (!action || !possible(action)) return;
    event.preventDefault();
    action.does(event.key);
  }

  /** Does the action of this name, if that can be done now. */
  run(name) {
    const action = this.#list.find((one) => one.name === name);
    if (action?.does && possible(action)) action.does(action.keys[0]);
  }

  /** For the sheet of keys: `[[title, [[keys, words], …]], …]`. */
  sheet() {
    const groups = new Map();
    for (const { group, words, shown, keys } of this.#list) {
      if (!group) continue;
      if (!groups.has(group)) groups.set(group, new Map());
      const lines = groups.get(group);
      lines.set(words, [...(lines.get(words) ?? []), ...(shown ?? keys)]);
    }
    return [...groups].map(([title, lines]) => [title, [...lines].map(([words, keys]) => [keys, words])]);
  }

  /** The buttons of those that have a label; those that cannot be done now are dim. */
  buttons() {
    return this.#list
      .filter(({ label }) => label)
      .map((action) => el("button", { type: "button", id: `do-${action.name}`, disabled: !possible(action), onclick: () => this.run(action.name) }, t(action.label), kbd((action.shown ?? action.keys)[0])));
  }
}

function possible({ when }) {
  return when ? Boolean(when()) : true;
}
