// The dictionary as a file: out of the browser, and into it.
import { Problem } from "./api.js";
import { el } from "./dom.js";
import { t } from "./language.js";
import { say } from "./shell.js";

/** The version, the file to take away, and for who may, the way to bring one in. `done` is called after an import. */
export function fileRow(version, may, done) {
  const input = el("input", { id: "import", type: "file", accept: ".txt,text/plain", onchange: (event) => bring(event.target, done) });
  return el(
    "div",
    { id: "file-row" },
    el("b", { id: "version" }, t("lexicon.version", { n: version })),
    el("a", { class: "button", id: "export", href: "/api/v1/lexicon?format=txt", download: true }, t("lexicon.export")),
    may ? el("label", {}, t("lexicon.import"), " ", input) : null,
  );
}

async function bring(input, done) {
  const file = input.files[0];
  if (!file) return;
  try {
    const { added, known } = await send(file);
    say(t("lexicon.imported", { added, known }));
  } catch (problem) {
    say(problem);
  }
  input.value = "";
  await done();
}

async function send(file) {
  let response;
  try {
    response = await fetch("/api/v1/lexicon/import", {
      method: "POST",
      headers: { "Content-Type": "text/plain; charset=utf-8", "X-Sohoa": "1" },
      body: file,
      credentials: "same-origin",
    });
  } catch {
    throw new Problem(0, null);
  }
  const body = await response.json().catch(() => null);
  if (!response.ok) throw new Problem(response.status, body);
  return body;
}
