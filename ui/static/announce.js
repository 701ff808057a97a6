// What is said about the program's state: one live region for screen readers, one visible line for everybody.

import { parts, t, write } from "./words.js";

const SIGN_OF_LIFE_MS = 5000;
let timer = null;
let doing = null; // what the turn is doing now, as it is said
const listeners = [];

const node = (id) => document.getElementById(id);

/** Say a text once through the live region. The same text twice in a row is said twice. */
export function announce(said) {
  const region = node("announcer");
  const all = parts(said);
  if (region.textContent === all.map((part) => part.text).join(" ")) all.at(-1).text += "\u00a0";
  write(region, all);
}

/** The visible line: Ready, Recording, Working ... */
export function showState(said) {
  write(node("state-text"), said);
}

/** Whether the microphone listens, and what for, is always to be seen. */
export function showMicrophone(on, text = t(on ? "record.microphone_on" : "record.microphone_off")) {
  node("microphone").textContent = text;
  node("microphone").dataset.on = String(on);
}

/** Whether the camera is on, likewise. */
export function showCamera(on) {
  node("camera-state").textContent = t(on ? "camera.on" : "camera.off");
  node("camera-state").dataset.on = String(on);
}

/** Called with each sign of life, so that it can be heard by those who use the program's own voice. */
export function onSignOfLife(listener) {
  listeners.push(listener);
}

/** A turn has begun: said at once, then every five seconds until done() or failed(). */
export function started(said) {
  halt();
  doing = null;
  showState(t("log.working"));
  node("progress").hidden = false;
  announce(said);
  timer = setInterval(() => {
    const sign = doing ? [t("log.still_doing"), ...parts(doing)] : t("log.still_working");
    announce(sign);
    listeners.forEach((listener) => listener(sign));
  }, SIGN_OF_LIFE_MS);
}

/** What the turn is doing now: shown at once, said with the next sign of life. */
export function nowDoing(said) {
  doing = said;
  if (timer !== null) showState([t("log.doing"), ...parts(said)]);
}

/** The turn has ended; the whole of it is said once. */
export function ended(said, state = t("page.ready")) {
  halt();
  showState(state);
  announce(said);
}

/** Ends the sign of life without a word. */
export function halt() {
  clearInterval(timer);
  timer = null;
  node("progress").hidden = true;
}
