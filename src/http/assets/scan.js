// The scan: pages, zoom, and a box for every value that was read from it.
import { imageOf } from "./api.js";
import { el, icon } from "./dom.js";
import { t } from "./language.js";
import { keyOf, samePlace } from "./model.js";

const STEP = 1.25;
const FAR = 6;
/** Pages whose pixels, and whose pictures, are held. */
const KEPT = 3;
/** Pixels that a press may move and still be a click. */
const CLICK = 4;

export class Scan {
  #desk;
  #page = 1;
  #fit = true;
  #scale = 1;
  #mark = null;
  #images = new Map();
  #pixels = new Map();

  constructor(desk) {
    this.#desk = desk;
    this.thumbs = el("nav", { class: "thumbs" });
    this.sheet = el("div", { class: "sheet" });
    this.view = el("div", { class: "view", tabindex: "0", role: "region" }, this.sheet);
    this.tools = el("div", { class: "tools" });
    this.root = el("section", { id: "scan" }, this.thumbs, this.view, this.tools);
    this.#panning();
    this.view.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    this.view.addEventListener("keydown", (event) => this.#arrows(event));
    new ResizeObserver(() => this.#fit && this.fit()).observe(this.view);
  }

  get pages() {
    return this.#desk.document?.page_list ?? [];
  }

  #size() {
    const page = this.pages.find((p) => p.page === this.#page);
    return { width: page?.width || 1, height: page?.height || 1 };
  }

  /**
   * The page as pixels to cut from, decoded beside the page's own work. The last few are kept: one has 35 MB at 300 dpi.
   */
  pixels(page) {
    let found = this.#pixels.get(page);
    this.#pixels.delete(page);
    found ??= fetch(imageOf(this.#desk.document, page), { credentials: "same-origin" })
      .then((answer) => (answer.ok ? answer.blob() : Promise.reject(new Error(answer.statusText))))
      .then((blob) => createImageBitmap(blob));
    this.#pixels.set(page, found);
    for (const old of [...this.#pixels.keys()].slice(0, -KEPT)) {
      this.#pixels.get(old).then((bitmap) => bitmap.close(), () => null);
      this.#pixels.delete(old);
    }
    return found;
  }

  /** The page's picture, loaded once. Boxes are in the page's pixels; the picture may be smaller. */
  image(page) {
    if (!this.#images.has(page)) {
      const image = new Image();
      image.alt = t("scan.page", { page, pages: this.pages.length });
      image.draggable = false;
      image.decoding = "async";
      image.src = imageOf(this.#desk.document, page);
      this.#images.set(page, image);
      [...this.#images.keys()].slice(0, -KEPT).forEach((old) => this.#images.delete(old));
    }
    return this.#images.get(page);
  }

  /** The pages of another reading. */
  renew() {
    this.#images.clear();
    this.#pixels.clear();
    this.#page = Math.min(this.#page, Math.max(this.pages.length, 1));
    this.render();
  }

  sizeOf(page) {
    const found = this.pages.find((p) => p.page === page);
    return { width: found?.width || 1, height: found?.height || 1 };
  }

  render() {
    this.root.setAttribute("aria-label", t("scan.label"));
    const count = this.pages.length;
    this.view.setAttribute("aria-label", t("scan.page", { page: this.#page, pages: count }));
    this.thumbs.replaceChildren(
      ...this.pages.map(({ page }) =>
        el(
          "button",
          { type: "button", class: "thumb", "aria-label": t("scan.page", { page, pages: count }), "aria-current": page === this.#page ? "page" : null, onclick: () => this.turnTo(page) },
          el("img", { src: imageOf(this.#desk.document, page), alt: "", loading: "lazy", draggable: "false" }),
          el("span", {}, `${page} / ${count}`),
        ),
      ),
    );
    const tool = (name, label, act) => el("button", { type: "button", "aria-label": label, title: label, onclick: act }, icon(name));
    this.tools.replaceChildren(
      tool("plus", t("scan.zoomIn"), () => this.zoom(STEP)),
      tool("minus", t("scan.zoomOut"), () => this.zoom(1 / STEP)),
      tool("fit", t("scan.fit"), () => this.fit()),
      tool("ink", t("scan.ink"), () => this.ink()),
    );
    this.#showPage();
  }

  #showPage() {
    const image = this.image(this.#page);
    const missing = el("p", { class: "missing" }, t("scan.noImage"));
    image.onerror = () => image.replaceWith(missing);
    this.sheet.replaceChildren(image);
    const { width, height } = this.#size();
    this.sheet.style.aspectRatio = `${width} / ${height}`;
    this.#boxes();
    this.#fit ? this.fit() : this.#resize();
  }

  /** A box for each value on this page: what is small lies on top, so that it can be hit. */
  #boxes() {
    this.sheet.querySelectorAll(".box").forEach((box) => box.remove());
    const { width, height } = this.#size();
    const put = (box, properties) => {
      const element = el("button", { type: "button", tabindex: "-1", ...properties });
      Object.assign(element.style, {
        left: `${(box[0] / width) * 100}%`,
        top: `${(box[1] / height) * 100}%`,
        width: `${((box[2] - box[0]) / width) * 100}%`,
        height: `${((box[3] - box[1]) / height) * 100}%`,
      });
      this.sheet.append(element);
    };
    const area = ({ box }) => (box[2] - box[0]) * (box[3] - box[1]);
    for (const { place, box, doubtful } of this.#places().sort((a, b) => area(b) - area(a))) {
      put(box, {
        class: `box${doubtful ? " look" : ""}${samePlace(place, this.#desk.at) ? " here" : ""}`,
        dataset: { key: keyOf(place) },
        "aria-label": t("scan.boxOf", { field: t(`field.${place.field}`), criterion: this.#desk.name(place.criterion) }),
        onclick: () => this.#desk.goTo(place, "scan"),
      });
    }
    if (this.#mark?.page === this.#page) put(this.#mark.box, { class: "box mark", "aria-hidden": "true" });
  }

  #places() {
    const rubric = this.#desk.rubric;
    if (!rubric) return [];
    const own = (rubric.provenance ?? []).map((p) => ({ criterion: null, field: p.field }));
    const read = rubric.criteria.flatMap((c) => (c.provenance ?? []).map((p) => ({ criterion: c.id, field: p.field })));
    const unread = this.#desk.doubtful.map(({ criterion, field }) => ({ criterion, field }));
    const all = new Map([...own, ...read, ...unread].map((place) => [keyOf(place), place]));
    return [...all.values()]
      .filter((place) => place.field !== "rules" || this.#desk.doubt(place))
      .flatMap((place) => this.#desk.boxes(place).map((found) => ({ place, ...found, doubtful: Boolean(this.#desk.doubt(place)) })))
      .filter((found) => found.page === this.#page);
  }

  /** After a change of data or place: the boxes anew; and when the person moved elsewhere, the page to it. */
  follow({ move }) {
    const found = this.#desk.at ? this.#desk.box(this.#desk.at) : null;
    this.#mark = null;
    if (move && found && found.page !== this.#page) this.turnTo(found.page);
    else this.#boxes();
    if (move && found) this.#reveal(found.box);
  }

  /** Marks a place that is no value: a finding's box. */
  mark(page, box) {
    this.#mark = box ? { page, box } : null;
    if (page && page !== this.#page) this.turnTo(page);
    else this.#boxes();
    if (box) this.#reveal(box);
  }

  #reveal(box) {
    const k = this.sheet.clientWidth / this.#size().width;
    const { clientWidth, clientHeight, scrollLeft, scrollTop } = this.view;
    const [x0, y0, x1, y1] = box.map((v) => v * k);
    const left = x0 + this.sheet.offsetLeft;
    const top = y0 + this.sheet.offsetTop;
    const seen = left >= scrollLeft && top >= scrollTop + 20 && left + x1 - x0 <= scrollLeft + clientWidth && top + y1 - y0 <= scrollTop + clientHeight - 20;
    if (seen) return;
    this.view.scrollTo({
      left: left + (x1 - x0) / 2 - clientWidth / 2,
      top: top + (y1 - y0) / 2 - clientHeight / 2,
      behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth",
    });
  }

  turnTo(page) {
    if (!this.pages.some((p) => p.page === page)) return;
    this.#page = page;
    this.thumbs.querySelectorAll(".thumb").forEach((thumb, i) => {
      if (this.pages[i].page === page) thumb.setAttribute("aria-current", "page");
      else thumb.removeAttribute("aria-current");
    });
    this.view.setAttribute("aria-label", t("scan.page", { page, pages: this.pages.length }));
    this.#showPage();
    this.view.scrollTo({ top: 0, behavior: "instant" });
  }

  turn(by) {
    const index = this.pages.findIndex((p) => p.page === this.#page);
    const next = this.pages[index + by];
    if (next) this.turnTo(next.page);
  }

  fit() {
    this.#fit = true;
    const room = this.view.clientWidth - 28;
    this.#scale = Math.max(room, 60) / this.#size().width;
    this.#resize();
  }

  /** Zooms by `factor`; what is under (x, y) of the view stays there, by default its middle. */
  zoom(factor, x = this.view.clientWidth / 2, y = this.view.clientHeight / 2) {
    const before = this.sheet.getBoundingClientRect();
    const frame = this.view.getBoundingClientRect();
    const share = { x: (x + frame.left - before.left) / before.width, y: (y + frame.top - before.top) / before.height };
    const least = 60 / this.#size().width;
    this.#fit = false;
    this.#scale = Math.min(Math.max(this.#scale * factor, least), FAR);
    this.#resize();
    const after = this.sheet.getBoundingClientRect();
    this.view.scrollLeft += after.left + share.x * after.width - (x + frame.left);
    this.view.scrollTop += after.top + share.y * after.height - (y + frame.top);
  }

  #resize() {
    this.sheet.style.width = `${Math.round(this.#size().width * this.#scale)}px`;
  }

  ink() {
    this.root.classList.toggle("ink-only");
  }

  #wheel(event) {
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) return;
    event.preventDefault();
    const frame = this.view.getBoundingClientRect();
    this.zoom(event.deltaY < 0 ? 1.12 : 1 / 1.12, event.clientX - frame.left, event.clientY - frame.top);
  }

  #arrows(event) {
    const by = { ArrowLeft: [-60, 0], ArrowRight: [60, 0], ArrowUp: [0, -60], ArrowDown: [0, 60] }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    this.view.scrollBy({ left: by[0], top: by[1], behavior: "instant" });
  }

  #panning() {
    let start = null;
    let dragged = false;
    this.view.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || event.pointerType === "touch") return;
      dragged = false;
      start = { x: event.clientX, y: event.clientY, left: this.view.scrollLeft, top: this.view.scrollTop };
    });
    addEventListener("pointermove", (event) => {
      if (!start) return;
      const [dx, dy] = [event.clientX - start.x, event.clientY - start.y];
      if (!dragged && Math.hypot(dx, dy) < CLICK) return;
      dragged = true;
      this.view.classList.add("dragging");
      this.view.scrollTo({ left: start.left - dx, top: start.top - dy, behavior: "instant" });
    });
    addEventListener("pointerup", () => {
      start = null;
      this.view.classList.remove("dragging");
    });
    // The end of a drag over a box is no click on it.
    this.view.addEventListener("click", (event) => dragged && event.stopPropagation(), { capture: true });
  }
}
