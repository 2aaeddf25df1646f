// The criteria as a grid of cells: move with the arrows, Enter or F2 edits.
import { shown } from "./decimal.js";
import { el } from "./dom.js";
import { CellEditor } from "./editor.js";
import { language, t } from "./language.js";
import { keyOf, samePlace } from "./model.js";
import { chip } from "./rules.js";
import { proof, rubricProof } from "./sums.js";

/** Column role to the criterion's field. */
export const FIELDS = {
  number: "number", title: "title", max_score: "max_score", bonus: "bonus", deduction: "deduction", rule: "rules", evidence: "evidence",
  data: "data_items", period: "period", method: "method", self_score: "self_score", verified_score: "verified_score", notes: "notes",
};
const ALWAYS = ["number", "title", "max_score"];

export class CriteriaTable {
  #desk;
  #columns = [];
  #editor;
  #others = [];
  /** What the rows that stand were made from; a row is made anew only when that changed. */
  #made = { head: null, rubric: null, rows: new Map(), unsent: new Set() };

  /** `say` shows what cannot be done; `rules()` opens the rules where the person is; `save(place, typed, began)` settles to an error message or null. */
  constructor(desk, { say, save, rules }) {
    this.#desk = desk;
    this.say = say;
    this.rules = rules;
    this.#editor = new CellEditor(desk, { save, closed: () => this.render() });
    this.root = el("div", { class: "grid-frame" });
    this.root.addEventListener("click", (event) => this.#click(event));
    this.root.addEventListener("dblclick", () => this.#desk.at && this.edit());
    this.root.addEventListener("keydown", (event) => this.#keys(event));
  }

  get editor() {
    return this.#editor;
  }

  render() {
    const held = this.root.contains(document.activeElement);
    const rubric = this.#desk.rubric;
    this.#columns = columnsOf(rubric);
    const head = JSON.stringify([language(), rubric.id, this.#columns]);
    if (head !== this.#made.head) this.#start(rubric, head);
    const table = this.root.firstChild;
    table.setAttribute("aria-rowcount", rubric.criteria.length + 1);
    const [, body, foot] = table.children;
    const rows = this.#rows(rubric);
    arrange(body, rows);
    if (!foot.contains(this.#editor.cell)) foot.replaceChildren(...this.#foot(rubric));
    this.others(this.#others);
    // Who types is left where they are.
    if (!this.#editor.place) this.moved({ focus: held });
  }

  #start(rubric, head) {
    this.#editor.close(false);
    this.#made = { head, rubric: null, rows: new Map(), unsent: new Set() };
    const tracks = this.#columns.map((column) => track(column, rubric));
    this.root.style.setProperty("--columns", tracks.map(({ least, share }) => (share ? `minmax(${least}px, ${share}fr)` : `${least}px`)).join(" "));
    this.root.style.setProperty("--least", `${tracks.reduce((sum, { least }) => sum + least, 0)}px`);
    this.root.replaceChildren(
      el(
        "table",
        { class: "grid", role: "grid", "aria-label": t("table.label") },
        el("thead", {}, el("tr", { role: "row" }, this.#columns.map(({ field, header }) => el("th", { scope: "col", role: "columnheader", class: `f-${field}` }, header)))),
        el("tbody"),
        el("tfoot"),
      ),
    );
  }

  /** The rows in order. One that is being edited stays as it is, and is made anew once the field has closed. */
  #rows(rubric) {
    const depth = depths(rubric);
    const parents = new Set(rubric.criteria.map((c) => c.parent));
    const { rows: before, unsent, rubric: drawn } = this.#made;
    const now = new Set(this.#desk.outbox.entries.map(({ place }) => place?.criterion));
    // Of the same answer only that can have changed which is on its way, or was.
    const same = (id) => drawn === rubric && !now.has(id) && !unsent.has(id);
    this.#made = { ...this.#made, rubric, rows: new Map(), unsent: now };
    return rubric.criteria.map((criterion) => {
      const heading = criterion.kind === "section" || (parents.has(criterion.id) && depth.get(criterion.id) === 0);
      const old = before.get(criterion.id);
      if (old?.of && same(criterion.id)) {
        this.#made.rows.set(criterion.id, old);
        return old.row;
      }
      const sums = parents.has(criterion.id) ? proof(rubric, criterion, this.#desk.doubtful) : null;
      const of = this.#madeOf(criterion, [depth.get(criterion.id), heading, sums]);
      let row = old;
      if (old?.row.contains(this.#editor.cell)) row = { of: old.of === of ? of : null, row: old.row };
      else if (old?.of !== of) row = { of, row: this.#row(criterion, depth.get(criterion.id), heading) };
      this.#made.rows.set(criterion.id, row);
      return row.row;
    });
  }

  /** All that a row shows, as one text to compare. */
  #madeOf(criterion, rest) {
    const cells = this.#columns.map(({ field }) => {
      const place = { criterion: criterion.id, field };
      return [this.#desk.value(place), this.#desk.doubt(place) !== null, this.#desk.unsent(place), this.#byPerson(place)];
    });
    return JSON.stringify([cells, criterion.rules, criterion.kind, rest, this.#failed(criterion.id)]);
  }

  #byPerson(place) {
    return Boolean(this.#desk.origin(place)?.readers?.includes("person"));
  }

  #row(criterion, depth, heading) {
    return el(
      "tr",
      { role: "row", class: `${heading ? "section" : ""} depth-${Math.min(depth, 4)} kind-${criterion.kind}`, dataset: { criterion: criterion.id } },
      this.#columns.map(({ field }) => this.#cell({ criterion: criterion.id, field }, criterion)),
    );
  }

  #foot(rubric) {
    const line = (label, field, sum) =>
      el(
        "tr",
        { role: "row", class: "total", dataset: { criterion: "" } },
        this.#columns.map((column) => {
          if (column.field === "title") return el("td", { role: "gridcell" }, label, sum);
          if (column.field === "max_score") return this.#cell({ criterion: null, field });
          return el("td", { role: "gridcell" });
        }),
      );
    const lines = [line(t("table.total"), "max_score", sumChip(rubricProof(rubric, this.#desk.doubtful), this.#failed(null)))];
    if (rubric.bonus_max !== null && rubric.bonus_max !== undefined) lines.push(line(t("table.bonus"), "bonus", null));
    return lines;
  }

  #cell(place, criterion) {
    const { field } = place;
    const doubt = this.#desk.doubt(place);
    const person = this.#byPerson(place);
    const unsent = this.#desk.unsent(place);
    const content = criterion ? this.#content(criterion, field) : [shown(this.#desk.value(place))];
    const value = el("span", { class: "value" }, content);
    return el(
      "td",
      {
        role: "gridcell",
        tabindex: "-1",
        class: `f-${field}${doubt ? " look" : ""}${person ? " person" : ""}${unsent ? " unsent" : ""}`,
        title: unsent ? t("table.unsent") : person ? t("table.byPerson") : null,
        dataset: { key: keyOf(place) },
        "aria-readonly": String(!this.#desk.canEdit(field)),
      },
      value,
      doubt ? el("span", { class: "hidden-words" }, ` (${t("table.doubtful")})`) : null,
    );
  }

  #content(criterion, field) {
    const own = this.#columns.some((c) => c.field === "rules");
    if (field === "rules") return chips(criterion.rules ?? []);
    if (field === "data_items") return [(criterion.data_items ?? []).join("\n")];
    const text = this.#desk.shown({ criterion: criterion.id, field });
    const parts = [el("span", { class: "words" }, text)];
    if (field === "title") {
      parts.push(sumChip(proof(this.#desk.rubric, criterion, this.#desk.doubtful), this.#failed(criterion.id)));
      if (!own) parts.push(...chips(rulesIn(criterion, "title")));
    }
    if (field === "evidence" && !own) parts.push(...chips(rulesIn(criterion, "evidence")));
    return parts;
  }

  #failed(criterion) {
    const codes = ["sum_mismatch", "total_mismatch"];
    return (this.#desk.rubric.findings ?? []).find((f) => codes.includes(f.code) && (f.criterion ?? null) === criterion) ?? null;
  }

  #find(place) {
    return this.root.querySelector(`td[data-key="${CSS.escape(keyOf(place))}"]`);
  }

  /** Marks the cells where others are: `[{ name, place }]`. */
  others(people) {
    this.#others = people;
    this.root.querySelectorAll("td.other").forEach((cell) => {
      cell.classList.remove("other");
      delete cell.dataset.others;
    });
    for (const { name, place } of people) {
      const cell = place && this.root.querySelector(`td[data-key="${CSS.escape(place)}"]`);
      if (!cell) continue;
      cell.classList.add("other");
      cell.dataset.others = [cell.dataset.others, name].filter(Boolean).join(", ");
    }
  }

  /** Shows where the person is; with `focus`, the keyboard goes there too. */
  moved({ focus }) {
    this.root.querySelectorAll(".here").forEach((cell) => {
      cell.classList.remove("here");
      cell.removeAttribute("aria-selected");
    });
    this.root.querySelectorAll("td[tabindex='0']").forEach((cell) => cell.setAttribute("tabindex", "-1"));
    const cell = (this.#desk.at && this.#find(this.#desk.at)) ?? this.root.querySelector("td[data-key]");
    if (!cell) return;
    cell.setAttribute("tabindex", "0");
    if (this.#desk.at && cell.dataset.key === keyOf(this.#desk.at)) {
      cell.classList.add("here");
      cell.parentElement.classList.add("here");
      cell.setAttribute("aria-selected", "true");
      cell.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
    if (focus) cell.focus({ preventScroll: true });
  }

  #click(event) {
    const cell = event.target.closest("td[data-key]");
    if (!cell || event.target.closest(".editor")) return;
    cell.focus({ preventScroll: true });
    this.#desk.goTo(placeOf(cell), "table");
  }

  #keys(event) {
    if (this.#editor.place || event.ctrlKey || event.metaKey || event.altKey) return;
    const cell = event.target.closest("td[data-key]");
    if (!cell) return;
    const to = {
      ArrowUp: () => beside(cell, -1), k: () => beside(cell, -1), ArrowDown: () => beside(cell, 1), j: () => beside(cell, 1),
      ArrowLeft: () => along(cell, -1), ArrowRight: () => along(cell, 1),
      Home: () => cell.parentElement.querySelector("td[data-key]"), End: () => [...cell.parentElement.querySelectorAll("td[data-key]")].at(-1),
    }[event.key];
    if (to) {
      event.preventDefault();
      event.stopPropagation();
      const next = to();
      if (next) {
        next.focus({ preventScroll: true });
        this.#desk.goTo(placeOf(next), "table");
      }
    } else if (event.key === "Enter" || event.key === "F2") {
      event.preventDefault();
      event.stopPropagation();
      if (!samePlace(this.#desk.at, placeOf(cell))) this.#desk.goTo(placeOf(cell), "table");
      this.edit();
    }
  }

  /**
   * Opens the field in the cell where the person is. `kept`: a text from before; `failed`: why it was refused; `settled()` is
   * called when Enter sent it.
   */
  edit({ kept, failed, settled } = {}) {
    if (this.#desk.at?.field === "rules" && this.#desk.open) return this.rules();
    const place = this.#desk.at;
    const cell = place && this.#find(place);
    if (!cell || this.#editor.place) return;
    if (!this.#desk.open) return this.say(new Error(t("table.locked", { state: t(`state.${this.#desk.state}`).toLowerCase() })));
    if (!this.#desk.canEdit(place.field)) return this.say(new Error(t("table.readOnly", { field: t(`field.${place.field}`) })));
    this.#editor.open(cell, place, { kept: kept ?? this.#desk.drafts.get(keyOf(place)), failed, settled });
  }
}

/** Makes `rows` the content of `body` without touching those that stand where they should: a row that is moved loses the keyboard. */
function arrange(body, rows) {
  const wanted = new Set(rows);
  [...body.children].forEach((row) => !wanted.has(row) && row.remove());
  let at = body.firstChild;
  for (const row of rows) {
    if (row === at) at = at.nextSibling;
    else body.insertBefore(row, at);
  }
}

function placeOf(cell) {
  const [criterion, field] = split(cell.dataset.key);
  return { criterion: criterion || null, field };
}

/** An id may hold a bar; a field's name never does. */
function split(key) {
  const at = key.lastIndexOf("|");
  return [key.slice(0, at), key.slice(at + 1)];
}

function beside(cell, by) {
  const rows = [...cell.closest("table").querySelectorAll("tbody tr, tfoot tr")];
  const column = [...cell.parentElement.children].indexOf(cell);
  for (let i = rows.indexOf(cell.parentElement) + by; i >= 0 && i < rows.length; i += by) {
    const next = rows[i].children[column];
    if (next?.dataset.key) return next;
  }
  return null;
}

function along(cell, by) {
  const cells = [...cell.parentElement.querySelectorAll("td[data-key]")];
  return cells[cells.indexOf(cell) + by] ?? null;
}

/** The document's own columns in its order; a field that is filled without a column of its own comes last. */
function columnsOf(rubric) {
  const found = new Map();
  for (const { role, header } of rubric.columns ?? []) {
    const field = FIELDS[role];
    if (field && !found.has(field)) found.set(field, header);
  }
  for (const field of ALWAYS) if (!found.has(field)) found.set(field, "");
  for (const field of Object.values(FIELDS)) {
    if (field !== "rules" && !found.has(field) && rubric.criteria.some((c) => filled(c, field))) found.set(field, "");
  }
  return [...found].map(([field, header]) => ({ field, header: calm(header) || t(`field.${field}`) }));
}

function filled(criterion, field) {
  const value = criterion[field];
  return Array.isArray(value) ? value.length > 0 : (value ?? "") !== "";
}

/** Pixels that a column has at least, and its share of what is left. Columns do not follow their words: a long table is laid out row by row. */
const TRACKS = {
  number: { least: 56 }, max_score: { least: 76 }, bonus: { least: 76 }, deduction: { least: 76 }, self_score: { least: 76 }, verified_score: { least: 76 },
  title: { least: 220, share: 2.2 }, rules: { least: 200, share: 1.6 }, evidence: { least: 150, share: 1.6 }, notes: { least: 84, share: 0.5 },
};

function track({ field }, rubric) {
  const known = TRACKS[field] ?? { least: 84, share: 1 };
  const empty = !["number", "title", "max_score", "rules"].includes(field) && !rubric.criteria.some((c) => filled(c, field));
  return empty ? { least: 76 } : known;
}

/** Headers shout in capitals in most documents; here they need not. */
function calm(header) {
  const text = (header ?? "").replace(/\s+/g, " ").trim();
  if (text.length <= 3 || text !== text.toLocaleUpperCase("vi")) return text;
  return text[0] + text.slice(1).toLocaleLowerCase("vi");
}

function depths(rubric) {
  const depth = new Map();
  for (const c of rubric.criteria) depth.set(c.id, c.parent && depth.has(c.parent) ? depth.get(c.parent) + 1 : 0);
  return depth;
}

/** Each rule stands in the cell whose words it came from; what is in neither stands with the title. */
function rulesIn(criterion, field) {
  const flat = (text) => (text ?? "").replace(/\s+/g, " ").trim();
  const inEvidence = (rule) => flat(rule.text) !== "" && flat(criterion.evidence).includes(flat(rule.text));
  return (criterion.rules ?? []).filter((rule) => inEvidence(rule) === (field === "evidence"));
}

function chips(rules) {
  const made = rules.map((rule) => {
    const { before, points, after, why, type } = chip(rule);
    return el("span", { class: `rule rule-${type}`, title: why }, before, points ? el("b", {}, points) : null, after);
  });
  return made.length > 0 ? [el("span", { class: "rules" }, made)] : [];
}

/** Green when proven, red when the server found that it fails; silent where adding up is not meant. */
function sumChip(found, finding) {
  if (!found || (!found.proven && !finding)) return null;
  const words = { sum: shown(found.sum), max: shown(found.max) };
  if (found.proven) return el("span", { class: "sum good" }, t("sum.proven", words));
  const fits = found.fits ? ` · ${t("sum.fits", { criterion: found.fits.criterion, value: shown(found.fits.value) })}` : "";
  return el("span", { class: "sum bad", title: finding.message }, t("sum.failed", words) + fits);
}
