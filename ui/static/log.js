// The conversation: each event of the agent becomes text that can be seen, heard and reached by a heading.
// Text is only ever set as text, so nothing in a picture, a document or an answer can become part of the page.

import { ended, halt, nowDoing, showState, started } from "./announce.js";
import { photoGone } from "./camera.js";
import { askConsent, closeConsent } from "./consent.js";
import { node } from "./dom.js";
import { earcon } from "./earcons.js";
import { listAttached } from "./files.js";
import { article, dueArticle, finish, inView, questionArticle, saying } from "./messages.js";
import { hush, speakNext, speakNow, tell } from "./player.js";
import { speaksByItself, verbosity } from "./preferences.js";
import { fromAgent, t, write } from "./words.js";

let live = false; // false while the page catches up with what happened before it was loaded
let asked = 0;
let question = null; // the user's latest message
let answer = null; // the answer in progress
let steps = [];
let results = []; // what the tools of this turn returned
let partsSpoken = false;
let pendingQuestion = null; // asked, and not answered yet

const humanly = (name) => name.replaceAll("_", " ");

function resultText(result) {
  const text = result?.said ?? "";
  return text.length > 300 ? `${text.slice(0, 300)} …` : text;
}

function beginTurn() {
  [answer, steps, results, partsSpoken, pendingQuestion] = [null, [], [], false, null];
}

const show = {
  Asked({ text, pictures, spoken, replaces }) {
    if (replaces) question?.remove();
    else asked += 1;
    beginTurn();
    closeConsent();
    question = questionArticle(asked, spoken ? t("log.listening") : text, pictures);
    if (live) {
      inView(question);
      earcon("thinking");
      if (pictures.length) photoGone();
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
    if (result) results.push(result);
  },
  AnswerPart({ text }) {
    answer ??= article("antigone", asked, t("log.answer", { number: asked }));
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
    beginTurn();
  },
  Answer({ id, text, more, spoken, asks }) {
    answer ??= article("antigone", asked, t("log.answer", { number: asked }));
    finish(answer, { number: asked, id, text, more, steps, results, question });
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
    const failed = article("antigone failed", asked, t("log.failed", { number: asked }));
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
    const due = dueArticle(text);
    if (!live) return;
    inView(due);
    earcon("done");
    tell(fromAgent(text));
  },
  Stopped({ quiet }) {
    [answer, pendingQuestion] = [null, null];
    closeConsent();
    if (live && !quiet) ended(t("log.stopped_said"), t("log.stopped"));
  },
  Attached({ pictures }) {
    listAttached(pictures, live);
  },
};

function ask() {
  halt();
  showState(t("consent.waiting"));
  earcon("consent");
  askConsent(fromAgent(pendingQuestion), undefined, pendingQuestion);
  if (speaksByItself() && !partsSpoken) speakNow(fromAgent(pendingQuestion));
}

/** Go to the last message's heading; false when there is none. */
export function toLastMessage() {
  const last = [...node("log").querySelectorAll("h3")].at(-1);
  last?.focus();
  return Boolean(last);
}

/** Follow the server's log of events. `on` is told: ready(busy), lost(closed), and back(busy) after a loss. */
export function follow(on) {
  const source = new EventSource("/antigone/events");
  source.onmessage = (message) => {
    const entry = JSON.parse(message.data);
    show[entry.event]?.(entry);
  };
  source.addEventListener("caughtup", (message) => {
    const { busy } = JSON.parse(message.data);
    if (live) return on.back(busy);
    live = true;
    if (!busy) halt();
    on.ready(busy);
    if (pendingQuestion) ask();
  });
  source.onerror = () => on.lost(source.readyState === EventSource.CLOSED);
}

/** Stop speech and work. */
export function stopAll() {
  hush();
  fetch("/antigone/stop", { method: "POST" }).catch(() => null);
}
