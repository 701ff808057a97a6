// The conversation: each event of the agent becomes text that can be seen, heard and reached by a heading.
// Text is only ever set as text, so nothing in a picture, a document or an answer can become part of the page.

import { announce, ended, halt, nowDoing, showState, started } from "./announce.js";
import { askConsent, closeConsent } from "./consent.js";
import { messageTaken } from "./draft.js";
import { earcon } from "./earcons.js";
import { hush, speakNext, speakNow, tell } from "./player.js";
import { rate, speaksByItself, usesScreenReader, verbosity } from "./preferences.js";
import { fromAgent, t, write } from "./words.js";

let live = false; // false while the page catches up with what happened before it was loaded
let asked = 0;
let question = null; // the user's latest message
let answer = null; // the answer in progress
let steps = [];
let partsSpoken = false;
let pendingQuestion = null; // asked, and not answered yet
let lastAnswer = null; // {text, more, details}

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.filter(Boolean));
  return element;
}

/** What is said as a paragraph of the conversation. */
function saying(said, tag = "p") {
  const element = make(tag, { className: tag === "p" ? "text" : "" });
  write(element, said);
  return element;
}

function article(kind, heading) {
  document.getElementById("log-empty")?.remove();
  const title = make("h3", { id: `${kind}-${asked}`, textContent: heading, tabIndex: -1 });
  const element = make("article", { className: `message ${kind}` }, title);
  element.setAttribute("aria-labelledby", title.id);
  document.getElementById("log").append(element);
  return element;
}

function picture([name, key]) {
  const address = `/antigone/files/${key}`;
  if (/\.pdf$/i.test(name)) return make("p", { className: "file", textContent: t("log.document", { name }) });
  const image = make("img", { src: address, alt: t("log.your_picture", { name }) });
  image.onerror = () => image.replaceWith(make("p", { className: "file", textContent: t("log.picture", { name }) }));
  return image;
}

function inView(element) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  element.scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" });
}

const humanly = (name) => name.replaceAll("_", " ");

function resultText(result) {
  const text = result?.said ?? "";
  return text.length > 300 ? `${text.slice(0, 300)} …` : text;
}

const show = {
  Asked({ text, pictures, spoken }) {
    asked += 1;
    [answer, steps, partsSpoken, pendingQuestion] = [null, [], false, null];
    closeConsent();
    question = article("you", t("log.you", { number: asked }));
    question.append(make("p", { className: "text", textContent: spoken ? t("log.listening") : text }));
    question.append(...pictures.map(picture));
    if (live) {
      messageTaken();
      inView(question);
      earcon("thinking");
    }
    started(t(spoken ? "log.listening_said" : "log.working_on_it"));
  },
  Heard({ text, language }) {
    const said = question?.querySelector(".text");
    if (said) write(said, text ? { text, lang: language } : t("log.nothing_heard"));
    nowDoing([t("log.you_said"), { text, lang: language }]);
    if (live && verbosity() === "full") tell([t("log.you_said"), { text, lang: language }]);
  },
  Seen({ text }) {
    nowDoing(fromAgent(text));
  },
  Thinking({ text }) {
    nowDoing(fromAgent(text));
  },
  ToolCalled({ name }) {
    if (live) earcon("tool");
    nowDoing(fromAgent(humanly(name)));
  },
  ToolReturned({ name, result, error }) {
    steps.push(`${humanly(name)}: ${error ?? resultText(result)}`);
  },
  AnswerPart({ text }) {
    answer ??= article("antigone", t("log.answer", { number: asked }));
    const said = answer.querySelector(".text") ?? answer.appendChild(saying([]));
    const gap = said.textContent && !/\s$/.test(said.textContent) ? " " : "";
    write(said, fromAgent(said.textContent + gap + text));
    if (live && speaksByItself()) {
      partsSpoken = true;
      speakNext(fromAgent(text));
    }
  },
  ConsentAsked({ text }) {
    pendingQuestion = text;
    if (live) ask();
  },
  ConsentGiven({ yes }) {
    closeConsent();
    started(t(yes ? "log.yes" : "log.no"));
    [answer, steps, partsSpoken, pendingQuestion] = [null, [], false, null];
  },
  Answer({ id, text, more, spoken, asks }) {
    answer ??= article("antigone", t("log.answer", { number: asked }));
    finish(answer, id, text, more);
    if (live && asks) halt(); // the question that follows says it all
    else if (live) {
      const whole = verbosity() === "full" && more ? `${text} ${more}` : text;
      ended(fromAgent(whole));
      inView(answer);
      if (!partsSpoken) earcon("done");
      if (speaksByItself() && !(partsSpoken && spoken)) (partsSpoken ? speakNow : speakNext)(fromAgent(whole));
      else if (speaksByItself() && whole !== text) speakNext(fromAgent(more));
    }
    answer = null;
  },
  Failed({ text, remedy }) {
    answer?.remove();
    const failed = article("antigone failed", t("log.failed", { number: asked }));
    const why = fromAgent(`${text} ${remedy}`);
    failed.append(saying(why));
    answer = null;
    if (!live) return;
    ended([t("log.did_not_work_said"), why], t("log.did_not_work"));
    inView(failed);
    earcon("error");
    if (speaksByItself()) speakNow(why);
  },
  Due({ text }) {
    const due = make("article", { className: "message due" }, make("h3", { textContent: t("log.reminder"), tabIndex: -1 }));
    due.append(saying(fromAgent(text)));
    document.getElementById("log-empty")?.remove();
    document.getElementById("log").append(due);
    if (!live) return;
    inView(due);
    earcon("done");
    tell(fromAgent(text));
  },
  Stopped() {
    [answer, pendingQuestion] = [null, null];
    closeConsent();
    if (live) ended(t("log.stopped_said"), t("log.stopped"));
  },
  Attached({ pictures }) {
    listAttached(pictures);
    if (live && pictures.length) tell(t("files.added", { name: pictures.at(-1)[0] }));
  },
};

function ask() {
  halt();
  showState(t("consent.waiting"));
  earcon("consent");
  askConsent(fromAgent(pendingQuestion));
  if (speaksByItself() && !partsSpoken) speakNow(fromAgent(pendingQuestion));
}

function finish(element, id, text, more) {
  const said = element.querySelector(".text") ?? element.appendChild(saying([]));
  write(said, fromAgent(text));
  let details = null;
  if (more && verbosity() !== "brief") {
    details = make("details", { open: verbosity() === "full" },
      make("summary", { textContent: t("log.more") }), saying(fromAgent(more)));
    details.addEventListener("toggle", () => details.open && hearMore(more, id));
    element.append(details);
  }
  if (steps.length && verbosity() === "full") {
    const list = make("ul", {}, ...steps.map((step) => saying(fromAgent(step), "li")));
    element.append(make("details", {}, make("summary", { textContent: t("log.how") }), list));
  }
  const repeat = make("button", { type: "button", className: "quiet", textContent: t("log.repeat") });
  repeat.setAttribute("aria-label", t("log.repeat_answer", { number: asked }));
  const spoken = { text, more, details, id };
  repeat.addEventListener("click", () => repeatAnswer(spoken));
  const sound = make("audio", { controls: true, preload: "none", src: `/antigone/speech/${id}.wav?rate=${rate()}` });
  sound.setAttribute("aria-label", t("log.as_sound", { number: asked }));
  sound.addEventListener("play", () => document.querySelectorAll("audio").forEach((other) => other !== sound && other.pause()));
  element.append(make("div", { className: "row" }, repeat, sound));
  lastAnswer = spoken;
}

function hearMore(more, id) {
  if (!live || lastAnswer?.id !== id) return;
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

/** The files that wait to be sent, each with a button that takes it back. */
function listAttached(pictures) {
  const box = document.getElementById("attached");
  box.hidden = pictures.length === 0;
  box.querySelector("ul").replaceChildren(...pictures.map(([name, key]) => {
    const remove = make("button", { type: "button", className: "quiet", textContent: t("files.remove") });
    remove.setAttribute("aria-label", t("files.remove_file", { name }));
    remove.addEventListener("click", async () => {
      await fetch(`/antigone/files/${key}`, { method: "DELETE" });
      tell(t("files.removed", { name }));
      document.getElementById("add-picture").focus();
    });
    return make("li", {}, make("span", { textContent: name }), remove);
  }));
}

/** Follow the server's log of events. `onLost` is told when the program cannot be reached. */
export function follow(onReady, onLost) {
  const source = new EventSource("/antigone/events");
  source.onmessage = (message) => {
    const entry = JSON.parse(message.data);
    show[entry.event]?.(entry);
  };
  source.addEventListener("caughtup", (message) => {
    if (live) return;
    live = true;
    const { busy } = JSON.parse(message.data);
    if (!busy) halt();
    onReady(busy);
    if (pendingQuestion) ask();
  });
  source.onerror = () => onLost(source.readyState === EventSource.CLOSED);
}

/** Stop speech and work. */
export function stopAll() {
  hush();
  fetch("/antigone/stop", { method: "POST" }).catch(() => null);
}
