// What is said about the program's state: one live region for screen readers, one visible line for everybody.

const SIGN_OF_LIFE_MS = 5000;
let timer = null;
let doing = "";
const listeners = [];

const node = (id) => document.getElementById(id);

/** Say a text once through the live region. The same text twice in a row is said twice. */
export function announce(text) {
  const region = node("announcer");
  region.textContent = region.textContent === text ? text + "\u00a0" : text;
}

/** The visible line: Ready, Recording, Working ... */
export function showState(text) {
  node("state-text").textContent = text;
}

/** Whether the microphone listens is always to be seen. */
export function showMicrophone(on) {
  node("microphone").textContent = on ? "Microphone on: recording" : "Microphone off";
  node("microphone").dataset.on = String(on);
}

/** Called with each sign of life, so that it can be heard by those who use the program's own voice. */
export function onSignOfLife(listener) {
  listeners.push(listener);
}

/** A turn has begun: said at once, then every five seconds until done() or failed(). */
export function started(text) {
  halt();
  doing = "";
  showState("Working");
  node("progress").hidden = false;
  announce(text);
  timer = setInterval(() => {
    const sign = doing ? `Still working: ${doing}` : "Still working.";
    announce(sign);
    listeners.forEach((listener) => listener(sign));
  }, SIGN_OF_LIFE_MS);
}

/** What the turn is doing now: shown at once, said with the next sign of life. */
export function nowDoing(text) {
  doing = text;
  if (timer !== null) showState(`Working: ${text}`);
}

/** The turn has ended; the whole of `text` is said once. */
export function ended(text, state = "Ready") {
  halt();
  showState(state);
  announce(text);
}

/** Ends the sign of life without a word. */
export function halt() {
  clearInterval(timer);
  timer = null;
  node("progress").hidden = true;
}
