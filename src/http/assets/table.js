// The criteria as a grid of cells: move with the arrows, Enter or F2 edits.
import { shown } from "./decimal.js";
import { el } from "./dom.js";
import { t } from "./language.js";
import { isScore, keyOf, samePlace } from "./model.js";
import { chip } from "./rules.js";
import { proof, rubricProof } from "./sums.js";

/** Column role to the criterion's field. */
const FIELDS = {
  number: "number", title: "title", max_score: "max_score", bonus: "bonus", deduction: "deduction", rule: "rules", evidence: "evidence",
  data: "data_items", period: "period", method: "method", self_score: "self_score", verified_score: "verified_score", notes: "notes",
};
const ALWAYS = ["number", "title", "max_score"];

export class CriteriaTable {
  #desk;
  #columns = [];
  #editing = null;

  /** `say` shows what cannot be done; `save(place, typed)` settles to an error message or null. */
  constructor(desk, { say, save }) {
    this.#desk = desk;
    this.say = say;
    this.save = save;
    this.root = el("div", { class: "grid-frame" });
    this.root.addEventListener("click", (event) => this.#click(event));
    this.root.addEventListener("dblclick", () => this.#desk.at && this.edit());
    this.root.addEventListener("keydown", (event) => this.#keys(event));
  }

  get editing() {
    return this.#editing !== null;
  }

  render() {
    const held = this.root.contains(document.activeElement);
    this.#editing = null;
    const rubric = this.#desk.rubric;
    this.#columns = columnsOf(rubric);
    const depth = depths(rubric);
    const table = el(
      "table",
      { class: "grid", role: "grid", "aria-label": t("table.label"), "aria-rowcount": rubric.criteria.length + 1 },
      el("thead", {}, el("tr", { role: "row" }, this.#columns.map(({ field, header }) => el("th", { scope: "col", role: "columnheader", class: `f-${field}` }, header)))),
      el("tbody", {}, rubric.criteria.map((criterion) => this.#row(criterion, depth.get(criterion.id)))),
      this.#foot(rubric),
    );
    this.root.replaceChildren(table);
    this.moved({ focus: held });
  }

  #row(criterion, depth) {
    const parent = this.#desk.rubric.criteria.some((c) => c.parent === criterion.id);
    const heading = criterion.kind === "section" || (parent && depth === 0);
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
    return el("tfoot", {}, lines);
  }

  #cell(place, criterion) {
    const { field } = place;
    const doubt = this.#desk.doubt(place);
    const origin = this.#desk.origin(place);
    const person = origin?.readers?.includes("person");
    const content = criterion ? this.#content(criterion, field) : [shown(this.#desk.value(place))];
    const value = el("span", { class: "value" }, content);
    return el(
      "td",
      {
        role: "gridcell",
        tabindex: "-1",
        class: `f-${field}${doubt ? " look" : ""}${person ? " person" : ""}`,
        title: person ? t("table.byPerson") : null,
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
    return [...this.root.querySelectorAll("td[data-key]")].find((cell) => cell.dataset.key === keyOf(place)) ?? null;
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
    if (this.#editing || event.ctrlKey || event.metaKey || event.altKey) return;
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

  /** Opens the editor in the cell where the person is. */
  edit() {
    const place = this.#desk.at;
    const cell = place && this.#find(place);
    if (!cell || this.#editing) return;
    if (!this.#desk.open) return this.say(new Error(t("table.locked", { state: t(`state.${this.#desk.state}`).toLowerCase() })));
    if (!this.#desk.canEdit(place.field)) return this.say(new Error(t("table.readOnly", { field: t(`field.${place.field}`) })));
    const before = this.#desk.shown(place);
    const short = isScore(place.field) || place.field === "number";
    const label = t("table.edit", { field: t(`field.${place.field}`).toLowerCase(), criterion: this.#desk.name(place.criterion) });
    const input = short
      ? el("input", { class: "editor", "aria-label": label, inputmode: isScore(place.field) ? "decimal" : null, autocomplete: "off", value: before })
      : el("textarea", { class: "editor", "aria-label": label, rows: Math.min(8, 2 + Math.ceil(before.length / 48)), value: before });
    const said = el("span", { class: "editor-hint" }, t(short ? "table.editHint" : "table.editHintLong"));
    const kept = [...cell.childNodes];
    this.#editing = place;
    cell.classList.add("editing");
    cell.replaceChildren(input, said);
    const close = (back) => {
      this.#editing = null;
      cell.classList.remove("editing");
      cell.replaceChildren(...kept);
      if (back) cell.focus({ preventScroll: true });
    };
    const store = async (back) => {
      if (this.#editing !== place || input.disabled) return;
      if (input.value.trim() === before.trim()) return close(back);
      input.disabled = true;
      const failed = await this.save(place, input.value);
      if (failed === null) return; // the table was drawn anew
      input.disabled = false;
      input.setAttribute("aria-invalid", "true");
      said.className = "editor-hint bad";
      said.setAttribute("role", "alert");
      said.textContent = failed;
      said.scrollIntoView({ block: "nearest" });
      input.focus();
    };
    input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Escape") close(true);
      else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        store(true);
      }
    });
    input.addEventListener("blur", () => this.#editing === place && !input.disabled && !input.hasAttribute("aria-invalid") && store(false));
    input.focus();
    input.select();
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
  const filled = (c, field) => (Array.isArray(c[field]) ? c[field].length > 0 : (c[field] ?? "") !== "");
  for (const field of Object.values(FIELDS)) {
    if (field !== "rules" && !found.has(field) && rubric.criteria.some((c) => filled(c, field))) found.set(field, "");
  }
  return [...found].map(([field, header]) => ({ field, header: calm(header) || t(`field.${field}`) }));
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
