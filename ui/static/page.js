// The accessibility layer over the page that Gradio draws: it waits for the page, then gives it behaviour.

import { announce, ended, onSignOfLife, showState } from "./announce.js";
import { askConsent, prepareConsent } from "./consent.js";
import { message, prepareDraft } from "./draft.js";
import { earcon } from "./earcons.js";
import { describe, listen } from "./keys.js";
import { follow, moreOfAnswer, repeatAnswer, stopAll } from "./log.js";
import { speaking, speakNext, tell } from "./player.js";
import { speaksByItself, usesScreenReader } from "./preferences.js";
import { prepareReach } from "./reach.js";
import { cancel, recording, toggle } from "./recorder.js";
import { fromAgent, t, translate } from "./words.js";

const node = (id) => document.getElementById(id);

function stop() {
  if (recording()) {
    cancel();
    announce(t("record.thrown_away"));
  }
  stopAll();
}

/** Why a request failed: the server's sentence where it gave one. */
async function reason(reply, otherwise) {
  const why = await reply?.text().catch(() => "");
  return why ? fromAgent(why) : t(otherwise);
}

async function addFiles(files) {
  for (const file of files) {
    showState(t("files.adding", { name: file.name }));
    const address = `/antigone/files?name=${encodeURIComponent(file.name)}`;
    const reply = await fetch(address, { method: "POST", body: file }).catch(() => null);
    if (!reply?.ok) {
      earcon("error");
      tell(await reason(reply, "files.not_added"));
    }
    showState(t("page.ready"));
  }
  message().focus();
}

function preparePictures() {
  const input = node("picture");
  node("add-picture").addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    const files = [...input.files];
    input.value = "";
    addFiles(files);
  });
  document.addEventListener("paste", (event) => {
    if (event.clipboardData?.files.length) addFiles([...event.clipboardData.files]);
  });
}

async function deleteData(yes) {
  if (!yes) return tell(t("data.left"));
  const reply = await fetch("/antigone/data", { method: "DELETE" }).catch(() => null);
  if (!reply?.ok) return tell(await reason(reply, "data.not_deleted"));
  sessionStorage.setItem("antigone-said", "data.deleted");
  location.reload();
}

function prepareData() {
  node("delete-data").addEventListener("click", () => {
    const text = t("data.ask");
    if (speaksByItself()) speakNext(text);
    askConsent(text, deleteData);
  });
}

const actions = [
  { code: "KeyM", key: "M", says: "keys.message", run: () => message().focus() },
  { code: "KeyV", key: "V", says: "keys.voice", run: () => toggle() },
  { code: "KeyP", key: "P", says: "keys.picture", run: () => node("picture").click() },
  { code: "KeyR", key: "R", says: "keys.repeat", run: () => repeatAnswer() },
  { code: "KeyO", key: "O", says: "keys.more", run: () => moreOfAnswer() },
  { code: "KeyL", key: "L", says: "keys.last", run: toLast },
];

function toLast() {
  const headings = document.querySelectorAll("#log h3");
  if (headings.length) headings[headings.length - 1].focus();
  else tell(t("log.no_messages"));
}

function prepareKeys() {
  const dialog = node("shortcuts");
  const help = () => {
    describe(node("shortcut-list"), actions);
    dialog.showModal();
  };
  node("show-shortcuts").addEventListener("click", help);
  node("close-shortcuts").addEventListener("click", () => dialog.close());
  listen(actions, help, stop);
}

/** Focus that falls to the body, because what had it went away, returns to the message. */
function keepFocus() {
  document.addEventListener("focusout", (event) => {
    setTimeout(() => {
      const gone = !event.target.isConnected || event.target.disabled || event.target.offsetParent === null;
      if (gone && document.activeElement === document.body) message().focus();
    }, 60);
  });
}

function prepareMessage() {
  const box = message();
  box.setAttribute("aria-label", t("page.message"));
  prepareDraft();
  document.querySelector("#message [data-testid=submit-button]").addEventListener("click", () => box.focus());
  document.querySelector("#message [data-testid=stop-button]").addEventListener("click", () => stop());
  node("skip").addEventListener("click", (event) => {
    event.preventDefault();
    box.focus();
  });
  box.focus();
}

function ready(busy) {
  if (busy) return;
  const before = sessionStorage.getItem("antigone-said"); // the key of what a reload was for
  sessionStorage.removeItem("antigone-said");
  ended([before ? t(before) : "", t("page.is_ready"), usesScreenReader() ? "" : t("page.reader_hint")]);
}

let lost = false;

async function onLost(closed) {
  if (!lost) {
    lost = true;
    ended(t("page.lost"), t("page.not_connected"));
  }
  if (closed) {
    const reply = await fetch("/").catch(() => null);
    if (reply?.ok) location.reload();
    else setTimeout(() => onLost(true), 2000);
  }
}

function start() {
  translate();
  prepareMessage();
  preparePictures();
  prepareConsent();
  prepareKeys();
  prepareData();
  prepareReach();
  keepFocus();
  node("record").addEventListener("click", () => toggle());
  onSignOfLife((sign) => {
    if (speaking()) return;
    earcon("thinking");
    if (speaksByItself()) speakNext(sign);
  });
  follow(ready, onLost);
}

function whenDrawn() {
  const drawn = ["announcer", "log", "record", "consent"].every(node) && message() && node("screen-reader");
  if (drawn) start();
  else setTimeout(whenDrawn, 50);
}

if (!window.antigonePage) {
  window.antigonePage = true;
  whenDrawn();
}
