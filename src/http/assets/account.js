// One's own account: the password, where one is signed in, the tokens of one's programs; for admins the accounts
// and what happened.
import { accounts } from "./account-people.js";
import { audit } from "./account-audit.js";
import { failedIn, field, rows, section } from "./account-parts.js";
import { tokens } from "./account-tokens.js";
import { call } from "./api.js";
import { el } from "./dom.js";
import { dateTime, t } from "./language.js";
import { account, helpSheet, inEveryLanguage, say, session } from "./shell.js";

let who = null;
const openHelp = helpSheet([]);

function password() {
  const form = el(
    "form",
    { class: "fields", id: "password", onsubmit: change },
    // Password keepers want to know whose it is.
    el("input", { type: "text", name: "username", autocomplete: "username", value: who.user, hidden: true }),
    field(t("account.password.old"), { name: "old", type: "password", autocomplete: "current-password", required: true }),
    field(t("account.password.new"), { name: "new", type: "password", autocomplete: "new-password", required: true, minlength: 10 }),
    field(t("account.password.again"), { name: "again", type: "password", autocomplete: "new-password", required: true }),
    el("button", { type: "submit" }, t("account.password.go")),
    el("p", { class: "failed", role: "alert" }),
  );
  return section("account.password", form);
}

async function change(event) {
  event.preventDefault();
  const fields = event.target.elements;
  if (fields.new.value !== fields.again.value) return failedIn(event.target, new Error(t("account.password.differ")));
  try {
    await call("PUT", "/session/password", { json: { old: fields.old.value, new: fields.new.value } });
    location.assign("/login?next=/account");
  } catch (problem) {
    // A wrong old password is no lost session.
    failedIn(event.target, problem);
  }
}

async function sessions() {
  const { body } = await call("GET", "/sessions");
  const line = (entry) => [
    entry.address,
    dateTime(entry.created_at),
    entry.current ? t("account.sessions.current") : dateTime(entry.seen_at),
    entry.current ? "" : el("button", { type: "button", onclick: () => end(entry.id) }, t("account.sessions.end")),
  ];
  return section("account.sessions", rows("sessions", ["account.sessions.address", "account.sessions.since", "account.sessions.seen", null], body.sessions.map(line)));
}

async function end(id) {
  await call("DELETE", `/sessions/${encodeURIComponent(id)}`).catch(say);
  render();
}

async function render() {
  document.title = `${t("account.title")} – sohoa`;
  const parts = who.demo
    ? [el("section", {}, el("p", {}, t("account.demo")))]
    : [who.vouched ? null : password(), await sessions(), await tokens(who, render), ...(who.role === "admin" ? [await accounts(who, render), await audit()] : [])];
  document.getElementById("page").replaceChildren(
    el(
      "header",
      { class: "bar" },
      el("a", { class: "brand", href: "/" }, "sohoa"),
      el("h1", {}, t("account.title")),
      el("span", { class: "grow" }),
      account(who, openHelp),
    ),
    el("main", {}, parts),
  );
}

try {
  who = await session();
  inEveryLanguage(() => render().catch(say));
} catch (problem) {
  if (problem.status !== 401) say(problem);
}
