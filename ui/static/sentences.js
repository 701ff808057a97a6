// Answers sentence by sentence: back and forward, said and marked where it stands.

import { announce } from "./announce.js";
import { make } from "./dom.js";
import { hush, speakNow, tell } from "./player.js";
import { usesScreenReader } from "./preferences.js";
import { fromAgent, t } from "./words.js";

const ABBREVIATION = /(?:^|[\s(])(?:Dr|Mr|Mrs|Ms|Prof|St|No|vs|e\.g|i\.e|[A-Z])\.\s*$/; // ends no sentence
let current = null; // the text in which one goes back and forth

/** A text's sentences; joined they are the text. */
export function sentences(text) {
  const found = [];
  for (const { segment } of new Intl.Segmenter("en", { granularity: "sentence" }).segment(text)) {
    if (found.length && ABBREVIATION.test(found.at(-1))) found[found.length - 1] += segment;
    else found.push(segment);
  }
  return found;
}

/** Write a text into an element so that each sentence can be marked. */
export function writeSentences(element, text) {
  element.replaceChildren(...sentences(text).map((one) => make("span", { className: "sentence", textContent: one })));
  element.position = null; // before the first
  if (!current?.isConnected || element !== current) current = element;
}

function goTo(element, position) {
  const spans = [...element.querySelectorAll(".sentence")];
  const at = Math.max(0, Math.min(spans.length - 1, position));
  element.position = at;
  document.querySelectorAll(".sentence.now").forEach((span) => span.classList.remove("now"));
  spans[at].classList.add("now");
  spans[at].scrollIntoView({ block: "nearest" });
  const said = spans[at].textContent.trim();
  const edge = position < 0 ? `${t("actions.first_sentence")} ` : position >= spans.length ? `${t("actions.last_sentence")} ` : "";
  const text = edge ? [edge.trim(), fromAgent(said)] : fromAgent(said);
  if (usesScreenReader()) announce(text);
  else speakNow(text);
}

/** Go back or forward by `step` sentences, in this text or in the one that was used last. */
export function move(step, element = current) {
  if (!element?.isConnected || !element.querySelector(".sentence")) return tell(t("log.nothing_to_repeat"));
  current = element;
  hush();
  const count = element.querySelectorAll(".sentence").length;
  const start = element.position ?? (step > 0 ? -1 : count); // forward begins with the first, back with the last
  return goTo(element, start + step);
}
