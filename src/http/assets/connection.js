// Tells calmly that the server is away, or holds nothing back, and how much waits in this browser.
import { el } from "./dom.js";
import { t } from "./language.js";

export class Connection {
  #desk;
  #said = "";

  constructor(desk) {
    this.#desk = desk;
    this.root = el("div", { id: "connection", role: "status" });
  }

  render() {
    const outbox = this.#desk.outbox;
    const n = outbox?.entries.length ?? 0;
    const said = outbox?.away ? t(n > 0 ? "connection.away" : "connection.awayNothing", { n }) : outbox?.held && n > 0 ? t("connection.held", { n, why: outbox.held.message }) : "";
    // A screen reader says it again only when it changed.
    if (said === this.#said) return;
    this.#said = said;
    const drop = outbox?.held && !outbox.away ? el("button", { type: "button", onclick: () => outbox.clear() }, t("connection.drop")) : null;
    this.root.replaceChildren(...(said ? [el("p", { class: "notice look" }, said, " ", drop ?? "")] : []));
  }
}
