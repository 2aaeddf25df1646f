// The tokens of one's programs.
import { failedIn, field, rows, section } from "./account-parts.js";
import { call } from "./api.js";
import { el } from "./dom.js";
import { dateTime, day, t } from "./language.js";
import { ask, say } from "./shell.js";

/** Scopes that are of use to a role. */
const SCOPES = { clerk: ["read", "write"], maintainer: ["read", "write", "confirm"], admin: ["read", "write", "confirm", "admin"] };

/** `changed` shows the page again. */
export async function tokens(who, changed) {
  const { body } = await call("GET", "/tokens");
  const line = (token) => [
    token.label || "–",
    el("code", {}, token.id),
    token.scopes.join(" "),
    token.used_at ? dateTime(token.used_at) : t("account.tokens.never"),
    token.expired ? t("account.tokens.expired") : day(token.expires_at),
    el("button", { type: "button", onclick: () => revoke(token, changed) }, t("account.tokens.revoke")),
  ];
  const columns = ["account.tokens.label", "account.tokens.id", "account.tokens.scopes", "account.tokens.used", "account.tokens.until", null];
  const made = el("div", { "aria-live": "polite" });
  return section("account.tokens", rows("tokens", columns, body.tokens.map(line)), order(who, made), made);
}

function order(who, made) {
  const choice = (scope) => el("label", {}, el("input", { type: "checkbox", name: "scope", value: scope, checked: scope === "read" }), el("span", {}, `${scope} `, el("small", {}, t(`account.scope.${scope}`))));
  return el(
    "form",
    { class: "fields", id: "new-token", onsubmit: (event) => make(event, made) },
    field(t("account.tokens.label"), { name: "label", required: true, maxlength: 100, autocomplete: "off" }),
    el("fieldset", {}, el("legend", {}, t("account.tokens.scopes")), el("div", {}, SCOPES[who.role].map(choice))),
    field(t("account.tokens.days"), { name: "days", type: "number", min: 1, max: 3650, value: "365", required: true }),
    el("button", { type: "submit" }, t("account.tokens.make")),
    el("p", { class: "failed", role: "alert" }),
  );
}

async function make(event, made) {
  event.preventDefault();
  const form = event.target;
  const scopes = [...form.querySelectorAll("[name=scope]:checked")].map((box) => box.value);
  try {
    const { body } = await call("POST", "/tokens", { json: { label: form.elements.label.value, scopes, days: Number(form.elements.days.value) } });
    failedIn(form, { message: "" });
    form.reset();
    made.replaceChildren(el("div", { class: "new-token" }, el("p", {}, t("account.tokens.once")), el("code", { id: "token" }, body.token)));
  } catch (problem) {
    failedIn(form, problem);
  }
}

async function revoke(token, changed) {
  const sure = await ask({ title: t("account.tokens.revoke"), lines: [t("account.tokens.sure", { label: token.label || token.id })], go: t("account.tokens.revoke"), danger: true });
  if (sure === null) return;
  await call("DELETE", `/tokens/${encodeURIComponent(token.id)}`).catch(say);
  changed();
}
