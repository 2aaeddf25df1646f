// A piece of a scan cut out: the ink that a value was read from.
import { imageOf } from "./api.js";
import { el } from "./dom.js";

/** Pixels of the page around the box. */
const AROUND = 14;
const images = new Map();

function image(document, page) {
  const address = imageOf(document, page);
  if (!images.has(address)) {
    const loading = new Image();
    loading.src = address;
    images.set(address, loading);
  }
  return images.get(address);
}

/** Draws when it comes near the view, so that a long list does not load every page at once. */
const watcher = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      watcher.unobserve(target);
      target.dispatchEvent(new Event("near"));
    }
  },
  { rootMargin: "400px" },
);

/**
 * A canvas with the ink of `box` on `page` of `document` (as the server describes it), called `label` by screen readers.
 * Boxes are pixels of the page image; the image may be stored smaller.
 */
export function crop(document, { page, box }, label) {
  const canvas = el("canvas", { class: "crop", role: "img", "aria-label": label, width: 1, height: 1 });
  const size = (document.page_list ?? []).find((p) => p.page === page);
  const draw = (source) => {
    const k = size?.width ? source.naturalWidth / size.width : 1;
    const [x0, y0, x1, y1] = box.map((v) => v * k);
    const pad = AROUND * k;
    const [left, top] = [Math.max(0, x0 - pad), Math.max(0, y0 - pad)];
    const width = Math.min(source.naturalWidth, x1 + pad) - left;
    const height = Math.min(source.naturalHeight, y1 + pad) - top;
    if (width < 1 || height < 1) return;
    canvas.width = Math.round(width);
    canvas.height = Math.round(height);
    canvas.getContext("2d").drawImage(source, left, top, width, height, 0, 0, canvas.width, canvas.height);
    canvas.dataset.drawn = "yes";
  };
  canvas.addEventListener("near", () => {
    const source = image(document, page);
    if (source.complete && source.naturalWidth > 0) draw(source);
    else source.addEventListener("load", () => draw(source), { once: true });
  });
  watcher.observe(canvas);
  return canvas;
}

/** Where `field` was read: the places of a criterion, or of the rubric itself, that have a box. */
export function placesOf(owner, field) {
  return (owner?.provenance ?? []).filter(({ field: name, box }) => name === field && box && box[2] > box[0] && box[3] > box[1]);
}
