// The accounts, for admins.
import { failedIn, field, rows, section } from "./account-parts.js";
import { call } from "./api.js";
import { el } from "./dom.js";
import { day, t } from "./language.js";
import { ask, say } from "./shell.js";

const ROLES = ["clerk", "maintainer", "admin"];

/** `changed` shows the page again. */
export async function accounts(who, changed) {
  const { body } = await call("GET", "/users");
  const line = (user) => [
    user.name,
    roles({ "aria-label": t("account.people.roleOf", { name: user.name }), onchange: (event) => change(user.name, { role: event.target.value }, changed) }, user.role),
    day(user.created_at),
    t(user.disabled ? "account.people.closed" : "account.people.open"),
    user.name === who.user ? "" : el("button", { type: "button", onclick: () => toggle(user, changed) }, t(user.disabled ? "account.people.reopen" : "account.people.close")),
  ];
  const columns = ["account.people.name", "account.people.role", "account.people.since", "account.people.state", null];
  return section("account.people", rows("people", columns, body.users.map(line)), add(changed));
}

function roles(properties, chosen) {
  return el("select", properties, ROLES.map((role) => el("option", { value: role, selected: role === chosen }, t(`role.${role}`))));
}

function add(changed) {
  const make = async (event) => {
    event.preventDefault();
    const fields = event.target.elements;
    try {
      await call("POST", "/users", { json: { name: fields.name.value.trim(), role: fields.role.value, password: fields.password.value } });
      changed();
    } catch (problem) {
      failedIn(event.target, problem);
    }
  };
  return el(
    "form",
    { class: "fields", id: "new-account", onsubmit: make },
    field(t("account.people.name"), { name: "name", required: true, maxlength: 64, autocomplete: "off", autocapitalize: "none", spellcheck: "false" }),
    el("label", {}, el("span", {}, t("account.people.role")), roles({ name: "role" }, "clerk")),
    field(t("account.people.password"), { name: "password", type: "password", required: true, minlength: 10, autocomplete: "new-password" }),
    el("button", { type: "submit" }, t("account.people.add")),
    el("p", { class: "failed", role: "alert" }),
  );
}

async function toggle(user, changed) {
  if (!user.disabled) {
    const sure = await ask({ title: t("account.people.close"), lines: [t("account.people.sure", { name: user.name })], go: t("account.people.close"), danger: true });
    if (sure === null) return;
  }
  await change(user.name, { disabled: !user.disabled }, changed);
}

async function change(name, json, changed) {
  await call("PATCH", `/users/${encodeURIComponent(name)}`, { json }).catch(say);
  changed();
}
