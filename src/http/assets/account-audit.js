// What happened, for admins: newest first, more on demand.
import { rows, section } from "./account-parts.js";
import { call } from "./api.js";
import { el } from "./dom.js";
import { dateTime, knows, t } from "./language.js";
import { say } from "./shell.js";

const AT_A_TIME = 50;

export async function audit() {
  let entries = [];
  let next = null;
  const place = el("div", {});
  const line = (entry) => [
    dateTime(entry.at),
    knows(`audit.${entry.kind}`) ? t(`audit.${entry.kind}`) : entry.kind,
    entry.who,
    entry.subject ?? "",
    entry.detail ?? "",
    entry.address ?? "",
  ];
  const more = async () => {
    const { body } = await call("GET", `/audit?limit=${AT_A_TIME}${next === null ? "" : `&before=${next}`}`);
    entries = entries.concat(body.entries);
    next = body.next;
    const columns = ["account.audit.when", "account.audit.what", "account.audit.who", "account.audit.subject", "account.audit.detail", "account.audit.address"];
    place.replaceChildren(
      rows("audit", columns, entries.map(line)),
      next === null ? "" : el("button", { type: "button", onclick: () => more().catch(say) }, t("account.audit.more")),
    );
  };
  await more();
  return section("account.audit", place);
}
