// The conversation: each event of the agent becomes text that can be seen, heard and reached by a heading.
// Text is only ever set as text, so nothing in a picture, a document or an answer can become part of the page.

import { announce, ended, halt, nowDoing, showState, started } from "./announce.js";
import { askConsent, closeConsent } from "./consent.js";
import { messageTaken } from "./draft.js";
import { earcon } from "./earcons.js";
import { hush, speakNext, speakNow, tell } from "./player.js";
import { rate, speaksByItself, usesScreenReader, verbosity } from "./preferences.js";

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
  if (/\.pdf$/i.test(name)) return make("p", { className: "file", textContent: `Document: ${name}` });
  const image = make("img", { src: address, alt: `Your picture ${name}` });
  image.onerror = () => image.replaceWith(make("p", { className: "file", textContent: `Picture: ${name}` }));
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
    question = article("you", `You, message ${asked}`);
    question.append(make("p", { className: "text", textContent: spoken ? "Listening to your recording" : text }));
    question.append(...pictures.map(picture));
    if (live) {
      messageTaken();
      inView(question);
      earcon("thinking");
    }
    started(spoken ? "Listening to your recording." : "Working on it.");
  },
  Heard({ text }) {
    const said = question?.querySelector(".text");
    if (said) said.textContent = text || "(nothing was heard)";
    nowDoing(`you said: ${text}`);
    if (live && verbosity() === "Full") tell(`You said: ${text}`);
  },
  Seen({ text }) {
    nowDoing(text);
  },
  Thinking({ text }) {
    nowDoing(text);
  },
  ToolCalled({ name }) {
    if (live) earcon("tool");
    nowDoing(humanly(name));
  },
  ToolReturned({ name, result, error }) {
    steps.push(`${humanly(name)}: ${error ?? resultText(result)}`);
  },
  AnswerPart({ text }) {
    answer ??= article("antigone", `Antigone, answer ${asked}`);
    const said = answer.querySelector(".text") ?? answer.appendChild(make("p", { className: "text" }));
    said.textContent += (said.textContent && !/\s$/.test(said.textContent) ? " " : "") + text;
    if (live && speaksByItself()) {
      partsSpoken = true;
      speakNext(text);
    }
  },
  ConsentAsked({ text }) {
    pendingQuestion = text;
    if (live) ask();
  },
  ConsentGiven({ yes }) {
    closeConsent();
    started(yes ? "Yes." : "No.");
    [answer, steps, partsSpoken, pendingQuestion] = [null, [], false, null];
  },
  Answer({ id, text, more, spoken, asks }) {
    answer ??= article("antigone", `Antigone, answer ${asked}`);
    finish(answer, id, text, more);
    if (live && asks) halt(); // the question that follows says it all
    else if (live) {
      const whole = verbosity() === "Full" && more ? `${text} ${more}` : text;
      ended(whole);
      inView(answer);
      if (!partsSpoken) earcon("done");
      if (speaksByItself() && !(partsSpoken && spoken)) (partsSpoken ? speakNow : speakNext)(whole);
      else if (speaksByItself() && whole !== text) speakNext(more);
    }
    answer = null;
  },
  Failed({ text, remedy }) {
    answer?.remove();
    const failed = article("antigone failed", `Antigone could not do message ${asked}`);
    failed.append(make("p", { className: "text", textContent: `${text} ${remedy}` }));
    answer = null;
    if (!live) return;
    ended(`That did not work. ${text} ${remedy}`, "That did not work");
    inView(failed);
    earcon("error");
    if (speaksByItself()) speakNow(`${text} ${remedy}`);
  },
  Due({ text }) {
    const due = make("article", { className: "message due" }, make("h3", { textContent: "Reminder", tabIndex: -1 }));
    due.append(make("p", { className: "text", textContent: text }));
    document.getElementById("log-empty")?.remove();
    document.getElementById("log").append(due);
    if (!live) return;
    inView(due);
    earcon("done");
    tell(text);
  },
  Stopped() {
    [answer, pendingQuestion] = [null, null];
    closeConsent();
    if (live) ended("Stopped.", "Stopped");
  },
  Attached({ pictures }) {
    listAttached(pictures);
    if (live && pictures.length) tell(`${pictures.at(-1)[0]} goes with your next message.`);
  },
};

function ask() {
  halt();
  showState("Waiting for your yes or no");
  earcon("consent");
  askConsent(pendingQuestion);
  if (speaksByItself() && !partsSpoken) speakNow(pendingQuestion);
}

function finish(element, id, text, more) {
  const said = element.querySelector(".text") ?? element.appendChild(make("p", { className: "text" }));
  said.textContent = text;
  let details = null;
  if (more && verbosity() !== "Brief") {
    details = make("details", { open: verbosity() === "Full" },
      make("summary", { textContent: "More" }), make("p", { className: "text", textContent: more }));
    details.addEventListener("toggle", () => details.open && hearMore(more, id));
    element.append(details);
  }
  if (steps.length && verbosity() === "Full") {
    const list = make("ul", {}, ...steps.map((step) => make("li", { textContent: step })));
    element.append(make("details", {}, make("summary", { textContent: "How I got this" }), list));
  }
  const repeat = make("button", { type: "button", className: "quiet", textContent: "Repeat" });
  repeat.setAttribute("aria-label", `Repeat answer ${asked}`);
  const spoken = { text, more, details, id };
  repeat.addEventListener("click", () => repeatAnswer(spoken));
  const sound = make("audio", { controls: true, preload: "none", src: `/antigone/speech/${id}.wav?rate=${rate()}` });
  sound.setAttribute("aria-label", `Answer ${asked} as sound`);
  sound.addEventListener("play", () => document.querySelectorAll("audio").forEach((other) => other !== sound && other.pause()));
  element.append(make("div", { className: "row" }, repeat, sound));
  lastAnswer = spoken;
}

function hearMore(more, id) {
  if (!live || lastAnswer?.id !== id) return;
  if (usesScreenReader()) announce(more);
  else speakNow(more);
}

/** Say an answer again, by the means that the user hears by. */
export function repeatAnswer(spoken = lastAnswer) {
  if (!spoken) tell("There is no answer to repeat yet.");
  else if (usesScreenReader()) announce(spoken.text);
  else speakNow(spoken.text);
}

/** Open or say "more" of the last answer. */
export function moreOfAnswer() {
  if (!lastAnswer?.more) tell("There is no more to say.");
  else if (lastAnswer.details && !lastAnswer.details.open) lastAnswer.details.open = true;
  else hearMore(lastAnswer.more, lastAnswer.id);
}

/** The files that wait to be sent, each with a button that takes it back. */
function listAttached(pictures) {
  const box = document.getElementById("attached");
  box.hidden = pictures.length === 0;
  box.querySelector("ul").replaceChildren(...pictures.map(([name, key]) => {
    const remove = make("button", { type: "button", className: "quiet", textContent: "Remove" });
    remove.setAttribute("aria-label", `Remove ${name}`);
    remove.addEventListener("click", async () => {
      await fetch(`/antigone/files/${key}`, { method: "DELETE" });
      tell(`${name} removed.`);
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
