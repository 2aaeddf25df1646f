// Exact decimals, as scaled integers. No score ever passes through a float.
import { language } from "./language.js";

/** `"1.5"` or `"1,5"` to `{ units: 15n, places: 1 }`; null for anything else. */
export function decimal(text) {
  const parts = /^(-?)(\d+)(?:[.,](\d+))?$/.exec(String(text ?? "").trim());
  if (!parts) return null;
  const digits = parts[3] ?? "";
  return normal({ units: BigInt(parts[1] + parts[2] + digits), places: digits.length });
}

function normal({ units, places }) {
  while (places > 0 && units % 10n === 0n) {
    units /= 10n;
    places -= 1;
  }
  return { units, places };
}

function scaled({ units, places }, to) {
  return units * 10n ** BigInt(to - places);
}

export function add(a, b) {
  const places = Math.max(a.places, b.places);
  return normal({ units: scaled(a, places) + scaled(b, places), places });
}

export function subtract(a, b) {
  return add(a, { units: -b.units, places: b.places });
}

export function same(a, b) {
  const places = Math.max(a.places, b.places);
  return scaled(a, places) === scaled(b, places);
}

export const ZERO = { units: 0n, places: 0 };

export function total(values) {
  return values.reduce(add, ZERO);
}

/** With a decimal point: `1.5`. */
export function plain({ units, places }) {
  const sign = units < 0n ? "-" : "";
  const digits = (units < 0n ? -units : units).toString().padStart(places + 1, "0");
  return places === 0 ? sign + digits : `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** A score from the server as people write it: `1,5` in Vietnamese. What is no number stays as it is. */
export function shown(text) {
  const value = decimal(text);
  if (!value) return String(text ?? "");
  return language() === "vi" ? plain(value).replace(".", ",") : plain(value);
}
