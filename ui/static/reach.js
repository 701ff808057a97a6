// For those who have neither screen reader nor enough sight: what the keyboard reaches is named aloud, if they want it.

import { speakNow } from "./player.js";
import { namesWhatIsReached } from "./preferences.js";

const MOVES = ["Tab", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"];
let moved = false; // the latest key was one that moves

/** Name, kind and state of a control, as one short sentence. */
export function named(element) {
  const label = element.getAttribute("aria-label") || element.labels?.[0]?.textContent || element.textContent;
  const name = label.trim().replace(/\s+/g, " ");
  if (element.type === "checkbox") return `${name}, ${element.checked ? "on" : "off"}`;
  if (element.type === "radio") return `${name}, ${element.checked ? "chosen" : "not chosen"}`;
  if (element.tagName === "SUMMARY") return `${name}, ${element.parentElement.open ? "open" : "closed"}`;
  const kind = { BUTTON: "button", A: "link", TEXTAREA: "text field", AUDIO: "player" }[element.tagName];
  return kind ? `${name}, ${kind}` : name;
}

/** Begin to name what is reached. */
export function prepareReach() {
  document.addEventListener("keydown", (event) => {
    moved = MOVES.includes(event.key) && !(event.target.tagName === "TEXTAREA" && event.key !== "Tab");
  }, true);
  document.addEventListener("pointerdown", () => { moved = false; }, true);
  document.addEventListener("focusin", (event) => {
    if (moved && namesWhatIsReached()) speakNow(named(event.target));
  });
  document.addEventListener("change", (event) => {
    if (namesWhatIsReached() && event.target.type === "checkbox") speakNow(named(event.target));
  });
}
