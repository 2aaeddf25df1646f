// The server's interface: /api/v1, JSON, problem responses.
import { pick, t } from "./language.js";

const BASE = "/api/v1";

/** An answer that says no, with words for the person. */
export class Problem extends Error {
  /** `again`: seconds after which the server asks to be asked again, where it does. */
  constructor(status, body, again = null) {
    super(words(status, body));
    this.status = status;
    this.again = again;
    this.code = body?.code ?? "";
  }
}

function seconds(header) {
  return /^\d+$/.test(header ?? "") ? Number(header) : null;
}

function words(status, body) {
  const said = pick(body?.detail_vi, body?.detail);
  if (said) return said;
  if (status === 0) return t("error.network");
  if (status === 403) return t("error.forbidden");
  if (status === 404) return t("error.gone");
  if (status === 413) return t("error.tooLarge");
  return body?.title || t("error.server", { status });
}

/** `{ body, etag }`; throws a Problem, after `patience` milliseconds without an answer too. A lost session leads to the sign-in page. */
export async function call(method, path, { json, ifMatch, patience } = {}) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-Sohoa"] = "1";
  if (json !== undefined) headers["Content-Type"] = "application/json";
  if (ifMatch) headers["If-Match"] = ifMatch;
  let response;
  try {
    response = await fetch(BASE + path, {
      method,
      headers,
      body: json === undefined ? undefined : JSON.stringify(json),
      credentials: "same-origin",
      cache: "no-store",
      signal: patience ? AbortSignal.timeout(patience) : undefined,
    });
  } catch {
    throw new Problem(0, null);
  }
  const body = await read(response).catch(() => {
    throw new Problem(0, null);
  });
  // A wrong password says nothing about the session.
  if (response.status === 401 && body?.code !== "wrong_password" && location.pathname !== "/login") signIn();
  if (!response.ok) throw new Problem(response.status, body);
  return { body, etag: response.headers.get("ETag") };
}

async function read(response) {
  const text = await response.text();
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}

export function signIn() {
  // What was not sent is kept until the same person is back.
  dispatchEvent(new Event("leaving"));
  location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
}

/** Uploads one file; `progress` gets the share sent, 0 to 1. */
export function upload(file, progress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const form = new FormData();
    form.append("file", file, file.name);
    request.open("POST", `${BASE}/documents`);
    request.setRequestHeader("X-Sohoa", "1");
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable && event.total > 0) progress(event.loaded / event.total);
    });
    request.addEventListener("error", () => reject(new Problem(0, null)));
    request.addEventListener("load", () => {
      let body = null;
      try {
        body = JSON.parse(request.responseText);
      } catch {
        body = null;
      }
      if (request.status === 401) signIn();
      if (request.status >= 200 && request.status < 300) resolve(body);
      else reject(new Problem(request.status, body, seconds(request.getResponseHeader("Retry-After"))));
    });
    request.send(form);
  });
}

/** Follows a document being read: `onProgress(data)` for each page, `onEnd(data)` once. Returns a function that stops. */
export function follow(documentId, onProgress, onEnd) {
  const source = new EventSource(`${BASE}/documents/${encodeURIComponent(documentId)}/events`);
  const data = (event) => {
    try {
      return JSON.parse(event.data);
    } catch {
      return {};
    }
  };
  source.addEventListener("progress", (event) => onProgress(data(event)));
  for (const last of ["done", "failed"]) {
    source.addEventListener(last, (event) => {
      source.close();
      onEnd(data(event));
    });
  }
  return () => source.close();
}

/** Says goodbye to a rubric; goes out even when the page is closing. */
export function leave(rubricId) {
  const path = `${BASE}/rubrics/${encodeURIComponent(rubricId)}/presence`;
  fetch(path, { method: "DELETE", headers: { "X-Sohoa": "1" }, keepalive: true, credentials: "same-origin" }).catch(() => null);
}

/** A page of the reading that stands; browsers keep pictures, so that of another reading has another address. */
export function imageOf({ id, reading }, page) {
  const again = reading > 1 ? `?reading=${reading}` : "";
  return `${BASE}/documents/${encodeURIComponent(id)}/pages/${page}/image${again}`;
}

export function recordOf(rubricId) {
  return `${BASE}/rubrics/${encodeURIComponent(rubricId)}/record`;
}

export function exportOfDocument(documentId, format) {
  return `${BASE}/documents/${encodeURIComponent(documentId)}/export?format=${format}`;
}

export function exportOf(rubricId, format) {
  return `${BASE}/rubrics/${encodeURIComponent(rubricId)}/export?format=${format}`;
}
