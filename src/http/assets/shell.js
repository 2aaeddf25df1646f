// What every page has: who is signed in, the language, the sheet of keys, spoken messages.
import { setSingleKeys, singleKeys } from "./actions.js";
import { call, signIn } from "./api.js";
import { el, icon, kbd, typing } from "./dom.js";
import { language, pick, switchLanguage, t } from "./language.js";

/** The session, or the way to the sign-in page. */
export async function session() {
  const { body } = await call("GET", "/session");
  if (!body?.user) {
    signIn();
    throw new Error("no session");
  }
  return body;
}

/** The right end of the top bar: demo persons, keys, language, sign-out. */
export function account(who, openHelp) {
  const help = t("common.help");
  return el(
    "div",
    { class: "account" },
    who.demo ? demoPersons(who) : null,
    el("button", { type: "button", class: "quiet", onclick: openHelp, "aria-label": help, title: help }, "?"),
    el("button", { type: "button", class: "quiet", lang: language() === "vi" ? "en" : "vi", onclick: switchLanguage, title: t("common.language.title"), "aria-label": t("common.language") }, language() === "vi" ? "EN" : "VI"),
    who.demo ? null : person(who),
  );
}

function person(who) {
  return menu(
    "person",
    [el("span", {}, who.user), icon("down")],
    [el("p", { class: "label" }, t(`role.${who.role}`)), el("a", { href: "/account" }, t("common.account")), el("button", { type: "button", onclick: signOut }, t("common.signout"))],
  );
}

/** A button with a menu under it: arrows move inside, Esc and leaving close it. */
export function menu(id, label, content) {
  const panel = el("div", { class: "menu" }, content);
  const items = [...panel.querySelectorAll("a, button")];
  const root = el("details", { id }, el("summary", { class: "button" }, label), panel);
  const close = () => (root.open = false);
  root.addEventListener("keydown", (event) => {
    const at = items.indexOf(event.target);
    const to = { ArrowDown: items[at + 1] ?? items[0], ArrowUp: items[at - 1] ?? items.at(-1) }[event.key];
    if (!root.open || (event.key !== "Escape" && !to)) return;
    event.preventDefault();
    event.stopPropagation();
    if (to) return to.focus();
    close();
    root.querySelector("summary").focus();
  });
  root.addEventListener("focusout", (event) => event.relatedTarget && !root.contains(event.relatedTarget) && close());
  addEventListener("pointerdown", (event) => !root.contains(event.target) && close());
  items.forEach((item) => item.addEventListener("click", close));
  return root;
}

function demoPersons(who) {
  const persons = who.people ?? [who.user];
  const choice = el(
    "select",
    { "aria-label": t("common.actAs"), onchange: (event) => become(event.target.value) },
    persons.map((person) => el("option", { value: person, selected: person === who.user }, person)),
  );
  return el("label", { class: "demo" }, el("span", {}, t("common.demo")), choice);
}

async function become(person) {
  await call("POST", "/session", { json: { user: person } }).catch(say);
  location.reload();
}

async function signOut() {
  await call("DELETE", "/session").catch(() => null);
  location.assign("/login");
}

/** Shows a message at the foot and speaks it; an Error shows as one that failed. */
export function say(message) {
  const failed = message instanceof Error;
  const place = document.getElementById("says") ?? document.body.appendChild(el("div", { id: "says", role: "status" }));
  place.replaceChildren(
    el(
      "div",
      { class: failed ? "message failed" : "message", role: failed ? "alert" : null },
      el("span", {}, failed ? message.message : message),
      el("button", { type: "button", class: "quiet", "aria-label": t("common.close"), onclick: () => place.replaceChildren() }, "×"),
    ),
  );
  clearTimeout(say.timer);
  if (!failed) say.timer = setTimeout(() => place.replaceChildren(), 6000);
}

/**
 * Asks in a modal dialog. Resolves to null when it is closed, else to the text of its field ("" without one).
 * `field` asks for a text that must not be empty; `only` leaves no other way than `go`.
 */
export function ask({ title, lines, go, field, danger, only }) {
  return new Promise((resolve) => {
    const input = field ? el("textarea", { rows: 4, required: true, "aria-label": field }) : null;
    let answer = null;
    const form = el(
      "form",
      {
        method: "dialog",
        onsubmit: () => {
          answer = input ? input.value.trim() : "";
        },
      },
      el("h2", { id: "asks" }, title),
      lines.map((line) => (typeof line === "string" ? el("p", {}, line) : line)),
      input,
      el(
        "div",
        { class: "answers" },
        only ? null : el("button", { type: "button", onclick: () => dialog.close() }, t("common.cancel")),
        el("button", { type: "submit", class: danger ? "danger" : "primary" }, go),
      ),
    );
    const dialog = el("dialog", { "aria-labelledby": "asks" }, form);
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(answer);
    });
    if (input) {
      // Ctrl+Enter sends, as in the table.
      input.addEventListener("keydown", (event) => {
        if (event.key === "Enter" && event.ctrlKey) form.requestSubmit();
      });
    }
    document.body.append(dialog);
    dialog.showModal();
    (input ?? form.querySelector("button[type=submit]")).focus();
  });
}

/** A sheet of keys: `groups()` gives a list of [title key, [[keys, what key], …]]. Returns the function that opens it. */
export function helpSheet(groups) {
  const open = () => {
    if (document.querySelector("dialog[open]")) return;
    const dialog = el(
      "dialog",
      { class: "help", "aria-labelledby": "help-title" },
      el(
        "div",
        { class: "help-head" },
        el("h2", { id: "help-title" }, t("help.title")),
        el("button", { type: "button", onclick: () => dialog.close() }, t("common.close"), kbd("Esc")),
      ),
      el("div", { class: "help-groups" }, [...groups(), COMMON].map(([title, rows]) => group(title, rows))),
      el(
        "label",
        { class: "single-keys" },
        el("input", { type: "checkbox", checked: singleKeys(), onchange: (event) => setSingleKeys(event.target.checked) }),
        t("help.singleKeys"),
      ),
    );
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  };
  addEventListener("keydown", (event) => {
    if (event.key === "?" && !typing(event) && singleKeys()) {
      event.preventDefault();
      open();
    }
  });
  return open;
}

const COMMON = ["help.global", [[["?"], "help.thisSheet"], [["Esc"], "help.escape"]]];

function group(title, rows) {
  return el(
    "section",
    {},
    el("h3", {}, t(title)),
    el("dl", {}, rows.map(([keys, what]) => [el("dt", {}, keys.map((key) => el("kbd", {}, key))), el("dd", {}, t(what))])),
  );
}

/** Builds the page now and again whenever the language changes. */
export function inEveryLanguage(build) {
  document.documentElement.lang = language();
  build();
  addEventListener("language", build);
}

/** What a page shows that could not begin: why, and the way back. A lost session leads to the sign-in page by itself. */
export function cannotStart(problem) {
  if (problem.status === 401) return;
  const why = problem.message ?? pick("Lỗi", "Error");
  document.getElementById("page").replaceChildren(
    el("main", { class: "waiting" }, el("p", { role: "alert", class: "bad" }, why), el("a", { class: "button", href: "/" }, t("inbox.title"))),
  );
}
