// The conversation's articles: one a message, each with a heading, what was said and what can be done with it.

import { announce } from "./announce.js";
import { answerTools, questionTools } from "./actions.js";
import { drawBoxes, linesUnder } from "./boxes.js";
import { make, node } from "./dom.js";
import { speakNow, tell } from "./player.js";
import { pitch, rate, usesScreenReader, verbosity, volume } from "./preferences.js";
import { writeSentences } from "./sentences.js";
import { resultTables } from "./tables.js";
import { fromAgent, t, write } from "./words.js";

let lastAnswer = null; // {text, more, details, said}

/** What is said as a paragraph of the conversation. */
export function saying(said, tag = "p") {
  const element = make(tag, { className: tag === "p" ? "text" : "" });
  write(element, said);
  return element;
}

/** A new article at the end of the conversation. */
export function article(kind, number, heading) {
  node("log-empty")?.remove();
  const title = make("h3", { id: `${kind.split(" ").at(-1)}-${number}`, textContent: heading, tabIndex: -1 });
  const element = make("article", { className: `message ${kind}` }, title);
  element.setAttribute("aria-labelledby", title.id);
  node("log").append(element);
  return element;
}

/** A reminder or timer that is due. */
export function dueArticle(text) {
  const due = make("article", { className: "message due" }, make("h3", { textContent: t("log.reminder"), tabIndex: -1 }));
  due.append(saying(fromAgent(text)));
  node("log-empty")?.remove();
  node("log").append(due);
  return due;
}

function picture([name, key]) {
  if (/\.(pdf|txt|md|csv)$/i.test(name)) return make("p", { className: "file", textContent: t("log.document", { name }) });
  const image = make("img", { src: `/antigone/files/${key}`, alt: t("log.your_picture", { name }) });
  image.onerror = () => image.replaceWith(make("p", { className: "file", textContent: t("log.picture", { name }) }));
  return image;
}

/** The user's message. */
export function questionArticle(number, text, pictures) {
  const question = article("you", number, t("log.you", { number }));
  const said = make("p", { className: "text", textContent: text });
  question.append(said, ...pictures.map(picture), questionTools(number, () => said.textContent));
  return question;
}

/** Bring a message into sight. */
export function inView(element) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  element.scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" });
}

/** Fill the answer's article: the text, more, tables, how it came about, what can be done with it. */
export function finish(element, { number, id, text, more, steps, results, question }) {
  const said = element.querySelector(".text") ?? element.appendChild(saying([]));
  said.lang = "en";
  writeSentences(said, text);
  const details = more && verbosity() !== "brief" ? moreOf(element, more, id) : null;
  const lines = results.findLast((result) => result?.lines?.[0]?.box)?.lines ?? [];
  if (lines.length) {
    drawBoxes(question, lines);
    linesUnder(element, lines);
  }
  for (const table of results.flatMap(resultTables)) {
    element.append(make("details", {}, make("summary", { textContent: t("tables.as_table") }), table));
  }
  if (steps.length && verbosity() === "full") {
    const list = make("ul", {}, ...steps.map((step) => saying(fromAgent(step), "li")));
    element.append(make("details", {}, make("summary", { textContent: t("log.how") }), list));
  }
  const spoken = { id, text, more, details };
  element.append(answerTools(number, said, () => text, () => repeatAnswer(spoken)), sound(number, id));
  lastAnswer = spoken;
}

function moreOf(element, more, id) {
  const details = make("details", { open: verbosity() === "full" },
    make("summary", { textContent: t("log.more") }), saying(fromAgent(more)));
  details.addEventListener("toggle", () => details.open && hearMore(more, id));
  element.append(details);
  return details;
}

function sound(number, id) {
  const query = `rate=${rate()}&pitch=${pitch()}`;
  const player = make("audio", { controls: true, preload: "none", src: `/antigone/speech/${id}.wav?${query}`, volume: volume() });
  player.setAttribute("aria-label", t("log.as_sound", { number }));
  player.addEventListener("play", () => document.querySelectorAll("audio").forEach((other) => other !== player && other.pause()));
  return player;
}

function hearMore(more, id) {
  if (lastAnswer?.id !== id) return; // it was opened by the page itself
  (usesScreenReader() ? announce : speakNow)(fromAgent(more));
}

/** Say an answer again, by the means that the user hears by. */
export function repeatAnswer(spoken = lastAnswer) {
  if (!spoken) tell(t("log.nothing_to_repeat"));
  else (usesScreenReader() ? announce : speakNow)(fromAgent(spoken.text));
}

/** Open or say "more" of the last answer. */
export function moreOfAnswer() {
  if (!lastAnswer?.more) tell(t("log.nothing_more"));
  else if (lastAnswer.details && !lastAnswer.details.open) lastAnswer.details.open = true;
  else hearMore(lastAnswer.more, lastAnswer.id);
}

/** What the last answer says, or "". */
export const lastText = () => lastAnswer?.text ?? "";
