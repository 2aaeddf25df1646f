import { call } from "./api.js";
import { el } from "./dom.js";
import { switchLanguage, t } from "./language.js";
import { inEveryLanguage } from "./shell.js";

/** Only a path of this server: never another site. */
function next() {
  const wanted = new URLSearchParams(location.search).get("next") ?? "/";
  return /^\/(?![/\\])/.test(wanted) ? wanted : "/";
}

async function signIn(event) {
  event.preventDefault();
  const form = event.target;
  const said = document.getElementById("failed");
  said.textContent = "";
  form.querySelector("button[type=submit]").disabled = true;
  try {
    await call("POST", "/session", { json: { user: form.elements.user.value.trim(), password: form.elements.password.value } });
    location.assign(next());
  } catch (problem) {
    said.textContent = problem.status === 401 ? t("login.wrong") : problem.message;
    form.querySelector("button[type=submit]").disabled = false;
    form.elements.password.select();
  }
}

inEveryLanguage(() => {
  document.title = `${t("login.title")} – sohoa`;
  const user = el("input", { id: "user", name: "user", autocomplete: "username", required: true, autocapitalize: "none", spellcheck: "false" });
  const form = el(
    "form",
    { class: "sign-in", onsubmit: signIn },
    el("h1", {}, "sohoa"),
    el("p", { class: "lead" }, t("login.lead")),
    el("label", { for: "user" }, t("login.user")),
    user,
    el("label", { for: "password" }, t("login.password")),
    el("input", { id: "password", name: "password", type: "password", autocomplete: "current-password", required: true }),
    el("p", { id: "failed", role: "alert" }),
    el("button", { type: "submit", class: "primary" }, t("login.go")),
    el("p", { class: "hint" }, t("login.hint")),
    el("button", { type: "button", class: "quiet", onclick: switchLanguage }, t("common.language")),
  );
  document.getElementById("page").replaceChildren(form);
  user.focus();
});
