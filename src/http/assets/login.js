import { call } from "./api.js";
import { el } from "./dom.js";
import { pick, switchLanguage, t } from "./language.js";
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

/** The office's own sign-in service, where there is one. */
let provider = null;

function atTheProvider() {
  const address = `${provider.address}?next=${encodeURIComponent(next())}`;
  return el("a", { id: "provider", class: "button", href: address }, pick(provider.label_vi, provider.label_en));
}

// Without an answer there is no button; the form is there either way.
call("GET", "/session/ways")
  .then(({ body }) => {
    provider = body?.provider ?? null;
    if (provider) document.querySelector(".sign-in .hint")?.before(atTheProvider());
  })
  .catch(() => {});

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
    provider ? atTheProvider() : null,
    el("p", { class: "hint" }, t("login.hint")),
    el("button", { type: "button", class: "quiet", onclick: switchLanguage }, t("common.language")),
  );
  document.getElementById("page").replaceChildren(form);
  user.focus();
});
