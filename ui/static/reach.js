// For those who have neither screen reader nor enough sight: what the keyboard reaches is named aloud, if they want it.

import { speakNow } from "./player.js";
import { namesWhatIsReached } from "./preferences.js";
import { t } from "./words.js";

const MOVES = ["Tab", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"];
let moved = false; // the latest key was one that moves

/** Name, kind and state of a control, as one short sentence. */
export function named(element) {
  const label = element.getAttribute("aria-label") || element.labels?.[0]?.textContent || element.textContent;
  const name = label.trim().replace(/\s+/g, " ");
  if (element.type === "checkbox") return t(element.checked ? "reach.on" : "reach.off", { name });
  if (element.type === "radio") return t(element.checked ? "reach.chosen" : "reach.not_chosen", { name });
  if (element.tagName === "SUMMARY") return t(element.parentElement.open ? "reach.open" : "reach.closed", { name });
  const kind = { BUTTON: "button", A: "link", TEXTAREA: "field", AUDIO: "player" }[element.tagName];
  return kind ? t(`reach.${kind}`, { name }) : name;
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
