// Who else has the rubric open, where they are, and what they change.
import { call, leave } from "./api.js";
import { listen } from "./live.js";
import { keyOf } from "./model.js";

/** Milliseconds between two signs of life; the server forgets who is silent for 30 seconds. */
const SIGN = 10000;
/** A person who runs through cells with the arrows is not told of at each. */
const SETTLED = 300;

/**
 * Says "change" when others came, went or moved, and "reread" when the document is read once more or that was decided about
 * (`detail`: the news, or null when some may have been missed).
 */
export class Company extends EventTarget {
  #desk;
  #editing;
  #stop = null;
  #timer = null;
  #moved = null;
  #present = null;

  /** `editing()` is the place that is being edited, or null. */
  constructor(desk, editing) {
    super();
    this.#desk = desk;
    this.#editing = editing;
    /** The others: `[{ name, place, since }]`. */
    this.others = [];
    desk.addEventListener("place", () => this.#soon());
    desk.addEventListener("data", () => this.#present !== desk.answer?.id && this.#soon());
    // A page in the background holds no stream: a browser has few for one server.
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#rest() : this.start()));
    addEventListener("pagehide", () => this.#goodbye());
  }

  start() {
    if (this.#stop || document.hidden) return;
    this.#stop = listen({
      rubric: (news) => news.id === this.#desk.answer?.id && this.#changed(news.version),
      presence: (news) => news.rubric === this.#desk.answer?.id && this.#here(news.people),
      reread: (news) => news.id === this.#desk.document?.id && this.#reread(news),
      again: () => {
        this.#changed(Infinity);
        this.#reread(null);
      },
    });
    this.#timer = setInterval(() => this.#say(), SIGN);
    this.#say();
  }

  #rest() {
    this.#stop?.();
    this.#stop = null;
    clearInterval(this.#timer);
  }

  #soon() {
    clearTimeout(this.#moved);
    this.#moved = setTimeout(() => this.#say(), SETTLED);
  }

  async #say() {
    const { answer } = this.#desk;
    if (!answer || !this.#stop) return;
    if (this.#present && this.#present !== answer.id) this.#goodbye();
    this.#present = answer.id;
    const at = this.#editing() ?? this.#desk.at;
    // Without a connection nobody is told; the next sign of life does it.
    const said = await call("POST", `/rubrics/${encodeURIComponent(answer.id)}/presence`, { json: { place: at ? keyOf(at) : null } }).catch(() => null);
    if (said) this.#here(said.body.people);
  }

  #goodbye() {
    if (this.#present) leave(this.#present);
    this.#present = null;
  }

  #here(people) {
    const others = people.filter(({ name }) => name !== this.#desk.who.user);
    if (JSON.stringify(others) === JSON.stringify(this.others)) return;
    this.others = others;
    this.dispatchEvent(new Event("change"));
  }

  #reread(detail) {
    this.dispatchEvent(new CustomEvent("reread", { detail }));
  }

  /** Loads a version that this page has not made itself. */
  async #changed(version) {
    await this.#desk.outbox?.flush();
    const known = this.#desk.answer?.version;
    if (known === undefined || this.#desk.stepping || version <= known) return;
    await this.#desk.load().catch(() => null);
  }
}
