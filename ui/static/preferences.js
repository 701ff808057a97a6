// The user's choices, read from the form that Gradio draws and remembers. They hold at once: the page reads them when it
// needs them, and the program is told before the next message and as soon as one has changed.

import { post } from "./dom.js";
import { language } from "./words.js";

const checked = (id) => Boolean(document.querySelector(`#${id} input`)?.checked);
const chosen = (id) => document.querySelector(`#${id} input:checked`)?.value ?? "";
const number = (id, otherwise) => Number(document.querySelector(`#${id} input[type=range]`)?.value ?? otherwise);

export const usesScreenReader = () => checked("screen-reader");
/** While the user talks hands-free the voice loop speaks the answers (talk.js). */
export const talksHandsFree = () => document.documentElement.dataset.talking === "on";
const wantsSpeech = () => !usesScreenReader() && checked("autoplay");
export const speaksByItself = () => wantsSpeech() && !talksHandsFree();
export const namesWhatIsReached = () => !usesScreenReader() && checked("names");
export const earconsOn = () => checked("earcons");
export const verbosity = () => chosen("verbosity") || "normal";
export const patience = () => chosen("patience") || "normal";
export const shortcutStyle = () => chosen("shortcut-keys") || "alt-shift";

/** Words a minute. */
export const rate = () => number("rate", 180);
/** Semitones above the voice's own pitch. */
export const pitch = () => number("pitch", 0);
/** Loudness of speech and earcons, 0 to 1. */
export const volume = () => number("volume", 100) / 100;
/** Below this an answer says that it is unsure, 0 to 1. */
export const confidence = () => number("confidence", 60) / 100;

const choices = () => ({
  speech: wantsSpeech(), speech_rate_wpm: rate(), pitch: pitch(), volume: volume(), earcons: earconsOn(),
  verbosity: verbosity(), confidence_threshold: confidence(), patience: patience(), language,
});
const WAIT_MS = 300; // a slider moves in many steps
let sent = "";

/** Tell the program what is chosen, if it does not know yet. */
export async function choicesSent() {
  const now = JSON.stringify(choices());
  if (now === sent) return;
  const reply = await post("/antigone/choices", choices());
  if (reply?.ok) sent = now;
}

/** Tell the program of each change, and the page by `onChange`, given the id of what was changed. */
export function preparePreferences(onChange) {
  let wait = null;
  const changed = (event) => {
    if (!event.target.closest("#settings-view, #screen-reader")) return;
    const id = event.target.closest(".block")?.id;
    clearTimeout(wait);
    wait = setTimeout(() => {
      document.querySelectorAll("audio").forEach((player) => { player.volume = volume(); });
      choicesSent();
      onChange(id);
    }, WAIT_MS);
  };
  document.addEventListener("input", changed);
  document.addEventListener("change", changed);
}
