// Files on their way to the server: chosen, dropped or pasted.
import { upload } from "./api.js";
import { el } from "./dom.js";
import { t } from "./language.js";
import { say } from "./shell.js";

const ACCEPTED = ".pdf,.tif,.tiff,.jpg,.jpeg,.png,.webp,.txt";

/** `received(file, answer)` is told of each file that the server took. */
export function uploads({ received }) {
  const waiting = [];
  let busy = false;
  const lines = el("ul", { class: "uploads", "aria-live": "polite" });
  const input = el("input", { type: "file", id: "file", multiple: true, accept: ACCEPTED, class: "hidden-words", tabindex: "-1", "aria-hidden": "true" });
  input.addEventListener("change", () => {
    send([...input.files]);
    input.value = "";
  });

  // A whole folder, those in it too; what is no document in it stays where it is.
  const folder = el("input", { type: "file", id: "files-of-folder", webkitdirectory: true, multiple: true, class: "hidden-words", tabindex: "-1", "aria-hidden": "true" });
  folder.addEventListener("change", () => {
    const all = [...folder.files];
    const documents = all.filter(isDocument);
    folder.value = "";
    if (documents.length < all.length) say(t("inbox.folderPart", { n: documents.length, all: all.length }));
    send(documents);
  });

  function send(files) {
    waiting.push(...files);
    if (!busy) sendNext();
  }

  async function sendNext() {
    const file = waiting.shift();
    busy = Boolean(file);
    if (!file) return;
    const words = el("span", {}, t("inbox.uploading", { file: file.name, percent: 0 }));
    const bar = el("progress", { max: 1, value: 0, "aria-label": file.name });
    const line = el("li", {}, words, bar);
    lines.append(line);
    try {
      const answer = await upload(file, (share) => {
        bar.value = share;
        words.textContent = t("inbox.uploading", { file: file.name, percent: Math.floor(share * 100) });
      });
      line.remove();
      await received(file, answer);
    } catch (problem) {
      if (Number.isFinite(problem.again)) {
        putOff(file, line, problem);
        return;
      }
      line.className = "bad";
      line.replaceChildren(
        el("span", { role: "alert" }, t("inbox.uploadFailed", { file: file.name, why: problem.message })),
        el("button", { type: "button", class: "quiet", onclick: () => line.remove() }, t("inbox.dismiss")),
      );
    }
    sendNext();
  }

  /** The server has its hands full: the file stays first in line, and those behind it wait with it. */
  function putOff(file, line, problem) {
    const later = () => {
      line.remove();
      sendNext();
    };
    const timer = setTimeout(later, problem.again * 1000);
    const giveUp = () => {
      clearTimeout(timer);
      waiting.shift();
      later();
    };
    waiting.unshift(file);
    line.replaceChildren(
      el("span", { role: "status" }, t("inbox.uploadWaits", { file: file.name, why: problem.message, n: problem.again })),
      el("button", { type: "button", class: "quiet", onclick: giveUp }, t("inbox.uploadGiveUp")),
    );
  }

  addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length > 0) send(files);
  });
  // A file dropped beside the frame is meant for it too; without this the browser would leave the page.
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", async (event) => {
    event.preventDefault();
    document.getElementById("drop")?.classList.remove("over");
    send(await dropped(event.dataTransfer));
  });

  return {
    choose: () => input.click(),
    chooseFolder: () => folder.click(),
    zone() {
      const words = el("button", { type: "button", class: "quiet", onclick: () => input.click() }, t("inbox.drop"));
      const zone = el("div", { id: "drop" }, words, input, folder, lines);
      const over = (on) => {
        zone.classList.toggle("over", on);
        words.textContent = t(on ? "inbox.dropNow" : "inbox.drop");
      };
      zone.addEventListener("dragenter", () => over(true));
      zone.addEventListener("dragleave", (event) => {
        if (!zone.contains(event.relatedTarget)) over(false);
      });
      zone.addEventListener("drop", () => over(false));
      return zone;
    },
  };
}

function isDocument(file) {
  const name = file.name.toLowerCase();
  return !name.startsWith(".") && ACCEPTED.split(",").some((ending) => name.endsWith(ending));
}

/** The files of a drop, those in folders too. */
async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (entries.length === 0) return [...transfer.files];
  return (await Promise.all(entries.map(filesIn))).flat();
}

async function filesIn(entry) {
  if (entry.isFile) return [await new Promise((resolve, reject) => entry.file(resolve, reject))];
  const reader = entry.createReader();
  const found = [];
  // A reader gives at most a hundred entries at a time, and none at the end.
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return (await Promise.all(found.map(filesIn))).flat();
    found.push(...some);
  }
}
