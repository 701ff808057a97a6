// Files of every origin: chosen, pasted, dropped, photographed, taken of the screen. They go with the next message, or
// onto the shelf of documents where that is the view.

import { showState } from "./announce.js";
import { make, node, reason } from "./dom.js";
import { earcon } from "./earcons.js";
import { tell } from "./player.js";
import { onView, view } from "./views.js";
import { t } from "./words.js";

const LARGEST = 50 * 2 ** 20; // the server refuses more; so much need not be sent to learn that
let quiet = 0; // who adds a file and tells of it in its own words

/** Send one file to an address; its reply, or null when it was refused and told. */
async function send(address, file) {
  if (file.size > LARGEST) {
    earcon("error");
    tell(t("files.too_large", { name: file.name }));
    return null;
  }
  showState(t("files.adding", { name: file.name }));
  const reply = await fetch(`${address}?name=${encodeURIComponent(file.name)}`, { method: "POST", body: file }).catch(() => null);
  showState(t("page.ready"));
  if (reply?.ok) return reply;
  earcon("error");
  tell(await reason(reply, "files.not_added"));
  return null;
}

/** Let files go with the next message; how many were taken. */
export async function addFiles(files) {
  let taken = 0;
  for (const file of files) taken += (await send("/antigone/files", file)) ? 1 : 0;
  return taken;
}

/** Let one file go with the next message without a word: who took it tells more. Its key, or null. */
export async function addQuietly(file) {
  quiet += 1;
  const reply = await send("/antigone/files", file);
  const kept = reply && (await reply.json());
  if (!kept) quiet -= 1;
  return kept;
}

/** Put documents onto the shelf; how many were taken. */
export async function addDocuments(files) {
  let taken = 0;
  for (const file of files) taken += (await send("/antigone/documents", file)) ? 1 : 0;
  return taken;
}

/** Show what goes with the next message; `live`: say the newest. */
export function listAttached(pictures, live) {
  const before = node("attached").querySelectorAll("li").length;
  node("attached").hidden = pictures.length === 0;
  node("camera-ask").hidden = pictures.length === 0;
  node("attached").querySelector("ul").replaceChildren(...pictures.map(([name, key]) => row(name, key)));
  if (!live || pictures.length <= before) return;
  if (quiet) quiet -= 1;
  else tell(t("files.added", { name: pictures.at(-1)[0] }));
}

function row(name, key) {
  const remove = make("button", { type: "button", className: "quiet", textContent: t("files.remove") });
  remove.setAttribute("aria-label", t("files.remove_file", { name }));
  remove.addEventListener("click", async () => {
    await fetch(`/antigone/files/${key}`, { method: "DELETE" }).catch(() => null);
    tell(t("files.removed", { name }));
    node(view() === "pictures" ? "add-picture-here" : "add-picture").focus();
  });
  return make("li", {}, make("span", { textContent: name }), remove);
}

/** What waits to be sent stands with the message, and with the pictures while one takes them. */
export function prepareAttached() {
  onView((name) => node(name === "pictures" ? "attached-here" : "attached-home").append(node("attached")));
}

/** A hidden file chooser that a button opens. */
export function chooser(buttonId, inputId, take) {
  const input = node(inputId);
  node(buttonId).addEventListener("click", () => input.click());
  input.addEventListener("change", async () => {
    const files = [...input.files];
    input.value = "";
    await take(files);
  });
}

/** Paste and drop, anywhere on the page. */
export function preparePasteAndDrop(takeDocuments, takePictures) {
  const take = (files) => (view() === "documents" ? takeDocuments(files) : takePictures(files));
  document.addEventListener("paste", (event) => {
    if (event.clipboardData?.files.length) take([...event.clipboardData.files]);
  });
  const over = (event) => {
    if (![...(event.dataTransfer?.types ?? [])].includes("Files")) return;
    event.preventDefault(); // else the browser would leave the page for the file
    document.body.classList.toggle("dropping", event.type === "dragover");
    if (event.type === "drop") take([...event.dataTransfer.files]);
  };
  for (const kind of ["dragover", "dragleave", "drop"]) document.addEventListener(kind, over);
}
