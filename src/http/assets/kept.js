// What a person typed and the server has not got yet, kept in this browser: it outlives a reload, a crash, a lost connection.

const PREFIX = "sohoa.kept";

/** Where things of one person and one rubric are kept. What differs in person or rubric never meets. */
export function shelf(person, rubric) {
  const prefix = [PREFIX, person, rubric, ""].map(encodeURIComponent).join("|");
  return {
    put(name, value) {
      try {
        localStorage.setItem(prefix + name, JSON.stringify(value));
      } catch {
        // Storage is blocked or full: the page still works, it only forgets on a reload.
      }
    },
    get(name) {
      return read(prefix + name);
    },
    drop(name) {
      try {
        localStorage.removeItem(prefix + name);
      } catch {
        // As above.
      }
    },
    /** All whose name begins with `start`, as `[name, value]`. */
    all(start) {
      try {
        return Object.keys(localStorage)
          .filter((key) => key.startsWith(prefix + start))
          .map((key) => [key.slice(prefix.length), read(key)])
          .filter(([, value]) => value !== null);
      } catch {
        return [];
      }
    },
  };
}

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

const TYPING = "typing|";

/** The texts that are being typed into cells: one a place. */
export class Drafts {
  #shelf;

  constructor(shelf) {
    this.#shelf = shelf;
  }

  /** `draft`: the text, what stood there when typing began, and the version that was seen. */
  keep(key, draft) {
    this.#shelf.put(TYPING + key, { ...draft, at: Date.now() });
  }

  drop(key) {
    this.#shelf.drop(TYPING + key);
  }

  get(key) {
    return this.#shelf.get(TYPING + key);
  }

  /** The one typed at last, with its key; null when there is none. */
  latest() {
    const all = this.#shelf.all(TYPING).map(([name, draft]) => ({ ...draft, key: name.slice(TYPING.length) }));
    return all.sort((a, b) => b.at - a.at)[0] ?? null;
  }
}
