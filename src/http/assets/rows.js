// The rows of the tree: added, moved, split, merged, removed, recast.
import { cut, el, kbd } from "./dom.js";
import { t } from "./language.js";
import { complaint, sheet } from "./sheet.js";

const KINDS = ["section", "criterion", "bonus", "deduction"];

/** What the tree looks like around a row; `null` where there is none. */
export function around(rubric, id) {
  const row = rubric.criteria.find((c) => c.id === id);
  if (!row) return null;
  const parent = row.parent ?? null;
  const siblings = rubric.criteria.filter((c) => (c.parent ?? null) === parent);
  const at = siblings.indexOf(row);
  const above = parent === null ? null : rubric.criteria.find((c) => c.id === parent);
  const order = rubric.criteria.indexOf(row);
  return {
    row,
    parent,
    above,
    before: siblings[at - 1] ?? null,
    beforeThat: siblings[at - 2] ?? null,
    after: siblings[at + 1] ?? null,
    previous: rubric.criteria[order - 1] ?? null,
    last: rubric.criteria.filter((c) => c.parent === (siblings[at - 1]?.id ?? "")).at(-1) ?? null,
    below: rubric.criteria.some((c) => c.parent === id),
  };
}

const at = (parent, after) => ({ parent, after });

/** Each way of moving a row: what is sent, or null where it cannot go that way. */
export const MOVES = {
  in: ({ row, before, last }) => before && { op: "move", criterion: row.id, to: at(before.id, last?.id ?? null) },
  out: ({ row, above }) => above && { op: "move", criterion: row.id, to: at(above.parent ?? null, above.id) },
  up: ({ row, parent, before, beforeThat }) => before && { op: "move", criterion: row.id, to: at(parent, beforeThat?.id ?? null) },
  down: ({ row, parent, after }) => after && { op: "move", criterion: row.id, to: at(parent, after.id) },
};

/** An empty row behind this one and what is below it, of the same kind. */
export function added({ row, parent }) {
  return { op: "add", to: at(parent, row.id), kind: row.kind };
}

const name = (row) => `${row.number ? `${row.number}. ` : ""}${row.title || t("dock.empty")}`;

/** The sheet for one row. `send(change)` settles to null, or to the words of a refusal. */
export function openRows(desk, id, send) {
  const place = around(desk.rubric, id);
  if (!place) return;
  const complain = complaint();
  const body = el("div", {});
  const window = sheet({ title: t("rows.title", { row: short(name(place.row)) }), kind: "rows", content: [body, complain.line], keys });

  const done = async (change) => {
    const failed = await send(change);
    if (failed === null) window.root.close();
    else complain.say(failed);
  };
  const ways = [
    ["o", "rows.add", () => done(added(place))],
    [">", "rows.in", MOVES.in(place) && (() => done(MOVES.in(place)))],
    ["<", "rows.out", MOVES.out(place) && (() => done(MOVES.out(place)))],
    ["{", "rows.up", MOVES.up(place) && (() => done(MOVES.up(place)))],
    ["}", "rows.down", MOVES.down(place) && (() => done(MOVES.down(place)))],
    ["t", "rows.split", place.row.title ? () => split(body, place.row, done) : null],
    ["g", "rows.merge", place.previous && (() => merge(body, desk.rubric, place, done))],
    ["d", "rows.remove", place.below ? null : () => remove(body, place.row, done)],
  ];
  const kind = el(
    "select",
    { id: "row-kind", onchange: (event) => done({ op: "recast", criterion: id, kind: event.target.value }) },
    KINDS.map((k) => el("option", { value: k, selected: k === place.row.kind }, t(`kind.${k}`))),
  );
  body.append(
    el("div", { class: "ways" }, ways.map(([key, words, does]) => el("button", { type: "button", id: words.replace(".", "-"), disabled: !does, onclick: does }, kbd(key), t(words)))),
    el("label", { class: "line" }, t("rows.kind"), kind),
  );
  body.querySelector("button:not(:disabled)").focus();

  function keys(event) {
    if (event.target.matches?.("select, textarea, input") || event.ctrlKey || event.metaKey || event.altKey) return;
    const way = ways.find(([key]) => key === event.key);
    if (!way?.[2] || !body.querySelector(".ways")) return;
    event.preventDefault();
    way[2]();
  }
}

/** The title with the cursor where it is to be cut. */
function split(body, row, done) {
  const text = el("textarea", { id: "split-at", rows: 6, value: row.title, "aria-readonly": "true", "aria-describedby": "split-help" });
  const go = () => {
    // The server counts letters, a script counts UTF-16 units.
    const cut = [...row.title.slice(0, text.selectionStart)].length;
    done({ op: "split", criterion: row.id, cut });
  };
  // A field that is read-only shows no cursor and does not let it move.
  text.addEventListener("beforeinput", (event) => event.preventDefault());
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    go();
  });
  body.replaceChildren(el("label", { class: "line" }, t("rows.splitAt"), text), el("p", { class: "label", id: "split-help" }, t("rows.splitHelp")), answers(t("rows.split"), go));
  text.focus();
  const middle = row.title.indexOf("\n");
  text.setSelectionRange(Math.max(middle, 0), Math.max(middle, 0));
}

function merge(body, rubric, { row, previous }, done) {
  const choice = el(
    "select",
    { id: "merge-into" },
    rubric.criteria.filter((c) => c.id !== row.id).map((c) => el("option", { value: c.id, selected: c.id === previous.id }, short(name(c)))),
  );
  body.replaceChildren(
    el("label", { class: "line" }, t("rows.mergeInto"), choice),
    el("p", { class: "label" }, t("rows.mergeHelp")),
    answers(t("rows.merge"), () => done({ op: "merge", criterion: row.id, into: choice.value })),
  );
  choice.focus();
}

function remove(body, row, done) {
  body.replaceChildren(el("p", {}, t("rows.removeBody", { row: short(name(row)) })), answers(t("rows.remove"), () => done({ op: "remove", criterion: row.id }), "danger"));
  body.querySelector(".answers button").focus();
}

function answers(words, does, kind = "primary") {
  return el("div", { class: "answers" }, el("button", { type: "button", class: kind, onclick: does }, words));
}

function short(text) {
  return cut(text.replace(/\s+/g, " "), 70);
}
