// The program's own voice: texts in order, each fetched clause by clause, the next one while this one sounds.

import { announce } from "./announce.js";
import { pitch, rate, speaksByItself, volume } from "./preferences.js";
import { fromAgent, parts, t } from "./words.js";

let audio = null;
let mouth = null; // says texts in our place while the user talks hands-free
let complained = false;
let mine = 0; // grows with every stop: what was fetched for an older number is not played
let tail = Promise.resolve();
let waiting = 0;

async function clause({ text, lang }, number, signal) {
  const reply = await fetch("/antigone/speech", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ text, clause: number, rate: rate(), pitch: pitch(), language: lang }),
    signal,
  });
  if (reply.status === 200) return URL.createObjectURL(await reply.blob());
  if (!reply.ok && !complained) {
    complained = true; // once: the text can be read in any case
    announce([t("log.cannot_speak"), fromAgent(await reply.text())]);
  }
  return null;
}

function sound(url) {
  return new Promise((resolve) => {
    audio = new Audio(url);
    audio.volume = volume();
    audio.dataset.url = url;
    audio.onended = audio.onerror = audio.onpause = () => resolve();
    audio.play().catch(() => resolve());
  }).finally(() => URL.revokeObjectURL(url));
}

let abort = new AbortController();

async function say(part, ticket) {
  const signal = abort.signal;
  let next = clause(part, 0, signal).catch(() => null);
  for (let number = 1; ticket === mine; number += 1) {
    const url = await next;
    if (url === null || ticket !== mine) return;
    next = clause(part, number, signal).catch(() => null);
    await sound(url);
  }
}

/** Let another voice say what the page says; null gives it back. */
export function speakThrough(other) {
  hush();
  mouth = other;
}

/** Speak after what is already being spoken, each part in the voice of its language. */
export function speakNext(said) {
  if (mouth) {
    mouth(said);
    return tail;
  }
  const ticket = mine;
  for (const part of parts(said)) {
    waiting += 1;
    tail = tail.then(() => (ticket === mine ? say(part, ticket) : null)).finally(() => {
      waiting -= 1;
    });
  }
  return tail;
}

/** Speak at once in place of what is being spoken. */
export function speakNow(said) {
  hush();
  return speakNext(said);
}

/** A short message about the program itself, by each means the user hears by. */
export function tell(said) {
  announce(said);
  if (mouth || speaksByItself()) speakNext(said);
}

/** True while something is being spoken or waits to be. */
export const speaking = () => waiting > 0;

/** Silence, at once: the program's voice and every recording on the page. */
export function hush() {
  mine += 1;
  abort.abort();
  abort = new AbortController();
  audio?.pause();
  tail = Promise.resolve();
  document.querySelectorAll("audio").forEach((element) => element.pause());
}
