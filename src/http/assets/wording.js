// Two versions of a text, word by word.

/** Words compared with each other at most; longer texts are compared by their beginnings and ends alone. */
const MOST = 400;

/** `[["same" | "removed" | "added", words], …]`: all but the added are the old text, all but the removed the new. */
export function wording(before, after) {
  const [a, b] = [before, after].map((text) => (text ? text.split(/\s+/) : []));
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  const middle = between(a.slice(start, a.length - end), b.slice(start, b.length - end));
  const pieces = [["same", a.slice(0, start)], ...middle, ["same", a.slice(a.length - end)]];
  return pieces.filter(([, words]) => words.length > 0).map(([kind, words]) => [kind, words.join(" ")]);
}

function between(a, b) {
  if (a.length === 0 || b.length === 0 || a.length > MOST || b.length > MOST) return [["removed", a], ["added", b]];
  const common = lengths(a, b);
  const pieces = [];
  const add = (kind, word) => (pieces.at(-1)?.[0] === kind ? pieces.at(-1)[1].push(word) : pieces.push([kind, [word]]));
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      add("same", a[i]);
      i += 1;
      j += 1;
    } else if (j === b.length || (i < a.length && common[i + 1][j] >= common[i][j + 1])) {
      add("removed", a[i]);
      i += 1;
    } else {
      add("added", b[j]);
      j += 1;
    }
  }
  return pieces;
}

/** How many words the rests of both texts have in common, from each pair of places. */
function lengths(a, b) {
  const table = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      table[i][j] = a[i] === b[j] ? table[i + 1][j + 1] + 1 : Math.max(table[i + 1][j], table[i][j + 1]);
    }
  }
  return table;
}
