// What can be done to many documents at once. Each is asked for on its own: what fails for one is said and stops
// none of the others.
import { call, exportOf } from "./api.js";
import { el, kbd } from "./dom.js";
import { t } from "./language.js";
import { ask, menu, say } from "./shell.js";

const FORMATS = ["xlsx", "csv", "json", "md"];

/** `chosen()` gives the documents, `after()` is called when something was done. */
export function actions({ who, chosen, after }) {
  async function each(documents, act, done) {
    const failed = [];
    let count = 0;
    for (const entry of documents) {
      try {
        await act(entry);
        count += 1;
      } catch (problem) {
        failed.push(`${entry.title || entry.file}: ${problem.message}`);
      }
    }
    await after();
    if (failed.length > 0) say(new Error(failed.slice(0, 3).join(" · ") + (failed.length > 3 ? ` (+${failed.length - 3})` : "")));
    else if (count > 0) say(t(done, { n: count }));
  }

  const give = (entry, assignee) => call("PUT", `/documents/${encodeURIComponent(entry.id)}/assignee`, { json: { assignee } });
  const failedOnes = () => chosen().filter((entry) => entry.state === "failed");
  const rubrics = () => chosen().flatMap((entry) => entry.rubrics ?? []);

  const act = {
    take: () => each(chosen(), (entry) => give(entry, who.user), "inbox.taken"),
    giveBack: () => each(chosen().filter((entry) => entry.assigned_to), (entry) => give(entry, null), "inbox.givenBack"),
    async handOver() {
      const documents = chosen();
      if (documents.length === 0) return;
      const { body } = await call("GET", "/people").catch((problem) => (say(problem), { body: null }));
      if (!body) return;
      const people = body.people.map((person) => person.name).filter((name) => name !== who.user);
      const choice = el("select", { id: "receiver", "aria-label": t("inbox.handOver.who") }, people.map((name) => el("option", { value: name }, name)));
      const answer = await ask({ title: t("inbox.handOver.title", { n: documents.length }), lines: [choice], go: t("inbox.handOver") });
      if (answer !== null && choice.value) await each(documents, (entry) => give(entry, choice.value), "inbox.handedOver");
    },
    retry: () => each(failedOnes(), (entry) => call("POST", `/documents/${encodeURIComponent(entry.id)}/retry`), "inbox.retried"),
    async remove() {
      const documents = chosen();
      if (documents.length === 0) return;
      const names = documents.slice(0, 5).map((entry) => entry.title || entry.file);
      if (documents.length > names.length) names.push(`+${documents.length - names.length}`);
      const answer = await ask({ title: t("inbox.delete.title", { n: documents.length }), lines: [names.join(" · "), t("inbox.delete.lead")], go: t("inbox.delete"), danger: true });
      if (answer !== null) await each(documents, (entry) => call("DELETE", `/documents/${encodeURIComponent(entry.id)}`), "inbox.deleted");
    },
    export(format) {
      for (const rubric of rubrics()) {
        const link = el("a", { href: exportOf(rubric.id, format), download: true, class: "hidden-words" });
        document.body.append(link);
        link.click();
        link.remove();
      }
    },
  };

  const button = (id, words, key, go, enabled) => el("button", { type: "button", id, disabled: !enabled, onclick: go }, t(words), kbd(key));

  /** The bar over the list: how many are selected, and what to do with them. */
  function bar(selected, clear) {
    const documents = chosen();
    return [
      el("span", { class: "count" }, selected > 0 ? t("inbox.selected", { n: selected }) : t("inbox.selectedNone")),
      button("take", "inbox.take", "t", act.take, documents.length > 0),
      button("giveBack", "inbox.giveBack", "g", act.giveBack, documents.some((entry) => entry.assigned_to)),
      button("handOver", "inbox.handOver", "h", act.handOver, documents.length > 0),
      button("retry", "inbox.retry", "r", act.retry, failedOnes().length > 0),
      rubrics().length > 0
        ? menu("export", [t("inbox.export"), kbd("e")], FORMATS.map((format) => el("button", { type: "button", dataset: { format }, onclick: () => act.export(format) }, format.toUpperCase())))
        : null,
      button("delete", "inbox.delete", "d", act.remove, documents.length > 0),
      selected > 0 ? el("button", { type: "button", class: "quiet", onclick: clear }, t("inbox.clearSelection"), kbd("Esc")) : null,
    ];
  }

  return { ...act, bar };
}
