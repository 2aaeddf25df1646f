// Changes on their way to the server: in order, each on the version that it was made on, none lost when the connection is.
import { call, Problem } from "./api.js";

const NAME = "outbox|";
const TAB = "sohoa.tab";
/** Milliseconds between tries while the server cannot be reached. */
const AGAIN = 2000;
/** No answer to a change takes longer than this while the network is there. */
const PATIENCE = 20000;
/** What a proxy says when there is no server behind it. */
const AWAY = new Set([0, 502, 503, 504]);

/**
 * An entry is `{ json, place, mine, before, seen }`: the request, the place it changes with the value it gives it, the value
 * that stood there when the person began, and the version that they saw. Without a place it is never sent on another version.
 *
 * Says "change" when what is waiting changed, "connection" when the server went or came back, "refused" of a change that nobody
 * waits for any more.
 */
export class Outbox extends EventTarget {
  #shelf;
  #name;
  #server;
  #waiting = new Map();
  #entries = [];
  #sending = null;
  #timer = null;
  #last = 0;

  /**
   * `server`: `path()`, `version()`, `etag()`, `value(place)` as the server has it, `load()`, `take(answer)`,
   * `same(place, a, b)`, and `choose(entry, theirs)` that asks the person and gives "mine" or "theirs".
   */
  constructor(shelf, server) {
    super();
    this.#shelf = shelf;
    this.#server = server;
    this.#name = NAME + tab();
    this.#adopt();
    this.away = false;
    /** Why the server refuses everything for now: the rubric is no longer open. */
    this.held = null;
    addEventListener("online", () => this.flush());
  }

  /** What this tab left behind on a reload, and what a closed one did. That another open tab sends the same does no harm. */
  #adopt() {
    const left = this.#shelf.all(NAME);
    left.forEach(([name]) => this.#shelf.drop(name));
    const entries = left.flatMap(([, entries]) => entries).sort((a, b) => a.at - b.at);
    this.#write(entries.map((entry) => ({ ...entry, n: ++this.#last })));
  }

  get entries() {
    return this.#entries;
  }

  get busy() {
    return this.#sending !== null && !this.away;
  }

  /** The value that waits for a place; undefined when none does. */
  pending(key) {
    return this.#entries.findLast((entry) => entry.key === key);
  }

  /** Sends a change when those before it are through. Settles to "sent", or "kept" when there is no connection; fails when it is refused. */
  put(entry) {
    const n = ++this.#last;
    this.#write([...this.#entries, { ...entry, n, at: Date.now() }]);
    const outcome = new Promise((resolve, reject) => this.#waiting.set(n, { resolve, reject }));
    this.flush();
    return outcome;
  }

  /** Takes back the last change that is not on its way yet; null when there is none. */
  takeBack() {
    const last = this.#entries.at(-1);
    if (!last || (last === this.#entries[0] && this.#sending)) return null;
    this.#remove(last);
    this.#settle(last, "sent");
    return last;
  }

  /** Forgets everything that waits. */
  clear() {
    this.held = null;
    this.#entries.forEach((entry) => this.#settle(entry, "sent"));
    this.#write([]);
  }

  /** Sends what waits; done when nothing does or the server cannot be reached. */
  flush() {
    clearTimeout(this.#timer);
    this.#sending ??= this.#send().finally(() => {
      this.#sending = null;
      this.dispatchEvent(new Event("change"));
    });
    return this.#sending;
  }

  async #send() {
    for (let first = this.#entries[0]; first; first = this.#entries[0]) {
      try {
        if (first.seen !== this.#server.version() && !(await this.#still(first))) continue;
        this.#server.take(await call("PATCH", this.#server.path(), { json: first.json, ifMatch: this.#server.etag(), patience: PATIENCE }));
        this.#connected(true);
        this.held = null;
        this.#remove(first);
        // Those behind it were made on top of it.
        this.#entries.filter(({ seen }) => seen >= first.seen).forEach((entry) => (entry.seen = this.#server.version()));
        this.#write(this.#entries);
        this.#settle(first, "sent");
      } catch (problem) {
        if (AWAY.has(problem.status)) return this.#wait();
        this.#connected(true);
        if (problem.status === 412) {
          if (await this.#reloaded()) continue;
          return this.#wait();
        }
        if (problem.status === 409 || problem.status === 401) {
          this.held = problem;
          await this.#reloaded();
          this.#entries.forEach((entry) => this.#settle(entry, "kept"));
          return;
        }
        this.#remove(first);
        this.#settle(first, problem);
      }
    }
  }

  /** True when the change may go out on the version as it is now. What nobody else touched may; else the person chooses. */
  async #still(entry) {
    if (!entry.place) {
      this.#remove(entry);
      this.#settle(entry, new Problem(412, null));
      return false;
    }
    const theirs = this.#server.value(entry.place);
    const untouched = this.#server.same(entry.place, theirs, entry.before);
    if (!untouched && this.#server.same(entry.place, theirs, entry.mine)) {
      this.#drop(entry);
      return false;
    }
    // Accepting says "as it stands", and it does not stand any more: whoever changed it has looked at it.
    if (!untouched && entry.json.accept) {
      this.#drop(entry);
      return false;
    }
    if (!untouched && (await this.#server.choose(entry, theirs)) === "theirs") {
      this.#drop(entry);
      return false;
    }
    if (!untouched) entry.json = { edits: [{ ...entry.place, value: entry.mine }] };
    entry.before = theirs;
    entry.seen = this.#server.version();
    this.#write(this.#entries);
    return true;
  }

  /** With an entry goes all that was built upon it. */
  #drop(entry) {
    for (const one of this.#entries.filter(({ key }) => key === entry.key)) {
      this.#remove(one);
      this.#settle(one, "sent");
    }
  }

  async #reloaded() {
    try {
      await this.#server.load();
      return true;
    } catch {
      return false;
    }
  }

  #wait() {
    this.#connected(false);
    this.#entries.forEach((entry) => this.#settle(entry, "kept"));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), AGAIN);
  }

  #connected(there) {
    if (this.away === !there) return;
    this.away = !there;
    this.dispatchEvent(new Event("connection"));
  }

  #settle(entry, outcome) {
    const waiting = this.#waiting.get(entry.n);
    this.#waiting.delete(entry.n);
    if (!waiting) {
      // Nobody waits for it any more: it was kept for a while, or was left by an earlier page.
      if (outcome instanceof Error) this.dispatchEvent(new CustomEvent("refused", { detail: { entry, problem: outcome } }));
      return;
    }
    if (outcome instanceof Error) waiting.reject(outcome);
    else waiting.resolve(outcome);
  }

  #remove(entry) {
    this.#write(this.#entries.filter((one) => one !== entry));
  }

  #write(entries) {
    this.#entries = entries;
    if (entries.length > 0) this.#shelf.put(this.#name, entries);
    else this.#shelf.drop(this.#name);
    this.dispatchEvent(new Event("change"));
  }
}

/** This tab's name, the same after a reload. */
function tab() {
  try {
    const known = sessionStorage.getItem(TAB) ?? String(Math.random()).slice(2);
    sessionStorage.setItem(TAB, known);
    return known;
  } catch {
    return "";
  }
}
