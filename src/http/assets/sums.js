// What the section rows prove: the children's maxima add up to the section's own.
import { add, decimal, plain, same, subtract, total } from "./decimal.js";

/**
 * The proof for one criterion with children; null where there is nothing to prove.
 * `{ proven, sum, max, fits }`, decimals as text; `fits` names the one reading of a doubtful child that would mend it.
 */
export function proof(rubric, criterion, doubtful) {
  const children = rubric.criteria.filter((c) => c.parent === criterion.id && counts(c, criterion));
  return prove(children, criterion.max_score, doubtful);
}

/** The same for the whole rubric: bonus and deduction sections stay outside its maximum. */
export function rubricProof(rubric, doubtful) {
  const top = rubric.criteria.filter((c) => !c.parent && c.kind !== "bonus" && c.kind !== "deduction");
  return prove(top, rubric.max_score, doubtful);
}

function counts(child, parent) {
  return child.kind === parent.kind || (child.kind !== "bonus" && child.kind !== "deduction");
}

function prove(children, maximum, doubtful) {
  const max = decimal(maximum);
  const values = children.map((c) => decimal(c.max_score));
  if (!max || values.length === 0 || values.some((v) => v === null)) return null;
  const sum = total(values);
  if (same(sum, max)) return { proven: true, sum: plain(sum), max: plain(max), fits: null };
  return { proven: false, sum: plain(sum), max: plain(max), fits: mending(children, values, sum, max, doubtful) };
}

/** The single reading among all doubtful children's that makes the sum right; null when none or several do. */
function mending(children, values, sum, max, doubtful) {
  const found = [];
  children.forEach((child, index) => {
    const doubt = doubtful.find((d) => d.criterion === child.id && d.field === "max_score");
    for (const reading of doubt?.candidates ?? []) {
      const value = decimal(reading);
      if (value && same(add(subtract(sum, values[index]), value), max)) found.push({ criterion: child.id, value: plain(value) });
    }
  });
  return found.length === 1 ? found[0] : null;
}
