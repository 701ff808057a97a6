// The accessibility layer over the page that Gradio draws: it waits for the page, then gives it behaviour.

import { announce, ended, onSignOfLife } from "./announce.js";
import { copy } from "./actions.js";
import { photo, prepareCamera } from "./camera.js";
import { askConsent, prepareConsent } from "./consent.js";
import { cancel as cancelReading, prepareDocuments, takeDocuments } from "./documents.js";
import { node, reason } from "./dom.js";
import { nameChoices } from "./drawn.js";
import { message, prepareDraft, send, toMessage } from "./draft.js";
import { earcon } from "./earcons.js";
import { addFiles, chooser, prepareAttached, preparePasteAndDrop } from "./files.js";
import { addActions, describe, listen } from "./keys.js";
import { drawKeys, prepareEditor } from "./keys_editor.js";
import { prepareInstall } from "./install.js";
import { follow, stopAll, toLastMessage } from "./log.js";
import { cameForLanguage, languageChoice, prepareLooks } from "./looks.js";
import { prepareMemory } from "./memory.js";
import { lastText, moreOfAnswer, repeatAnswer } from "./messages.js";
import { speaking, speakNext, speakNow, tell } from "./player.js";
import { choicesSent, preparePreferences, rate, speaksByItself, usesScreenReader } from "./preferences.js";
import { prepareReach } from "./reach.js";
import { cancel, recording, toggle } from "./recorder.js";
import { move } from "./sentences.js";
import { prepareSpelling, spell } from "./spelling.js";
import { prepareTalk, stopTalking, talkAnew } from "./talk.js";
import { VIEWS, headingOfView, prepareViews, showView, view } from "./views.js";
import { t, translate } from "./words.js";

const cameTo = location.hash; // before the views put their own in its place

function stop() {
  cancelReading();
  stopTalking();
  if (recording()) {
    cancel();
    announce(t("record.thrown_away"));
  }
  stopAll();
}

function record() {
  stopTalking(); // one microphone, one use
  toggle();
}

async function takePictures(files) {
  if ((await addFiles(files)) && view() === "conversation") message().focus();
}

/** Send a request about what was photographed, or let the user write one. */
function askAboutPhoto(request) {
  toMessage();
  if (request) send(request);
}

function aboutDocument() {
  toMessage();
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

const withLast = (use) => () => (lastText() ? use(lastText()) : tell(t("log.nothing_to_repeat")));
const toView = (name, at) => ({ name, code: `Digit${at + 1}`, says: `keys.to_${name}`, run: () => showView(name) });

addActions([
  { name: "message", code: "KeyM", says: "keys.message", run: toMessage },
  { name: "voice", code: "KeyV", says: "keys.voice", run: record },
  { name: "picture", code: "KeyP", says: "keys.picture", run: () => node("picture").click() },
  { name: "photo", code: "KeyF", says: "keys.photo", run: () => photo() },
  { name: "repeat", code: "KeyR", says: "keys.repeat", run: () => repeatAnswer() },
  { name: "back", code: "Comma", says: "keys.sentence_back", run: () => move(-1) },
  { name: "forward", code: "Period", says: "keys.sentence_forward", run: () => move(1) },
  { name: "more", code: "KeyO", says: "keys.more", run: () => moreOfAnswer() },
  { name: "spell", code: "KeyS", says: "keys.spell", run: withLast(spell) },
  { name: "copy", code: "KeyC", says: "keys.copy", run: withLast(copy) },
  { name: "last", code: "KeyL", says: "keys.last", run: toLast },
  ...VIEWS.map(toView),
]);

function toLast() {
  showView("conversation", { focus: false });
  if (!toLastMessage()) tell(t("log.no_messages"));
}

function prepareKeys() {
  const dialog = node("shortcuts");
  const help = () => {
    describe(node("shortcut-list"));
    dialog.showModal();
  };
  node("show-shortcuts").addEventListener("click", help);
  node("close-shortcuts").addEventListener("click", () => dialog.close());
  prepareEditor();
  listen(help, stop);
}

/** Focus that falls to the body, because what had it went away, goes to the message or to the view's heading. */
function keepFocus() {
  document.addEventListener("focusout", (event) => {
    setTimeout(() => {
      const gone = !event.target.isConnected || event.target.disabled || event.target.offsetParent === null;
      if (!gone || document.activeElement !== document.body) return;
      (view() === "conversation" ? message() : headingOfView()).focus();
    }, 60);
  });
}

function prepareMessage() {
  prepareDraft();
  node("stop").addEventListener("click", stop);
  node("skip").addEventListener("click", (event) => {
    event.preventDefault();
    toMessage();
  });
  // "#talk" is where the installed application's shortcut leads
  if (view() === "conversation") (cameTo === "#talk" ? node("talk") : message()).focus();
}

/** What a changed choice sounds like, and what else it changes. */
function chosen(id) {
  if (["rate", "pitch", "volume"].includes(id) && speaksByItself()) speakNow(t("settings.sample", { rate: rate() }));
  if (id === "shortcut-keys") drawKeys();
  else talkAnew();
}

function ready(busy) {
  choicesSent();
  if (busy) return;
  if (cameForLanguage()) {
    showView("settings", { focus: false });
    languageChoice().focus();
  }
  const before = sessionStorage.getItem("antigone-said"); // the key of what a reload was for
  sessionStorage.removeItem("antigone-said");
  ended([before ? t(before) : "", t("page.is_ready"), usesScreenReader() ? "" : t("page.reader_hint")]);
}

let lost = false;

/** The connection broke and came back without a reload: what was missed has just been told. */
function onBack(busy) {
  if (!lost) return;
  lost = false;
  const said = t("page.connected_again");
  if (!busy) ended(said);
  else announce(said);
}

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
  nameChoices();
  prepareViews();
  prepareMessage();
  preparePreferences(chosen);
  chooser("add-picture", "picture", takePictures);
  chooser("add-picture-here", "picture-here", addFiles);
  prepareAttached();
  preparePasteAndDrop(takeDocuments, takePictures);
  prepareCamera(askAboutPhoto);
  prepareDocuments(aboutDocument);
  prepareMemory();
  prepareSpelling();
  prepareConsent();
  prepareKeys();
  prepareData();
  prepareReach();
  prepareTalk();
  keepFocus();
  node("record").addEventListener("click", record);
  onSignOfLife((sign) => {
    if (speaking()) return;
    earcon("thinking");
    if (speaksByItself()) speakNext(sign);
  });
  prepareLooks();
  prepareInstall();
  follow({ ready, lost: onLost, back: onBack });
}

function whenDrawn() {
  const drawn = ["announcer", "log", "record", "consent", "keys-rows", "help-view"].every(node) && message();
  const choices = ["screen-reader", "rate", "shortcut-keys"].every((id) => document.querySelector(`#${id} input`));
  if (drawn && choices) start();
  else setTimeout(whenDrawn, 50);
}

if (!window.antigonePage) {
  window.antigonePage = true;
  whenDrawn();
}
