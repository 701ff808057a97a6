// The program's own voice: texts in order, each fetched clause by clause, the next one while this one sounds.

import { announce } from "./announce.js";
import { rate, speaksByItself } from "./preferences.js";

let audio = null;
let complained = false;
let mine = 0; // grows with every stop: what was fetched for an older number is not played
let tail = Promise.resolve();
let waiting = 0;

async function clause(text, number, signal) {
  const reply = await fetch("/antigone/speech", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ text, clause: number, rate: rate() }),
    signal,
  });
  if (reply.status === 200) return URL.createObjectURL(await reply.blob());
  if (!reply.ok && !complained) {
    complained = true; // once: the text can be read in any case
    announce(`The answer cannot be spoken. ${await reply.text()}`);
  }
  return null;
}

function sound(url) {
  return new Promise((resolve) => {
    audio = new Audio(url);
    audio.dataset.url = url;
    audio.onended = audio.onerror = audio.onpause = () => resolve();
    audio.play().catch(() => resolve());
  }).finally(() => URL.revokeObjectURL(url));
}

let abort = new AbortController();

async function say(text, ticket) {
  const signal = abort.signal;
  let next = clause(text, 0, signal).catch(() => null);
  for (let number = 1; ticket === mine; number += 1) {
    const url = await next;
    if (url === null || ticket !== mine) return;
    next = clause(text, number, signal).catch(() => null);
    await sound(url);
  }
}

/** Speak after what is already being spoken. */
export function speakNext(text) {
  const ticket = mine;
  waiting += 1;
  tail = tail.then(() => (ticket === mine ? say(text, ticket) : null)).finally(() => {
    waiting -= 1;
  });
  return tail;
}

/** Speak at once in place of what is being spoken. */
export function speakNow(text) {
  hush();
  return speakNext(text);
}

/** A short message about the program itself, by each means the user hears by. */
export function tell(text) {
  announce(text);
  if (speaksByItself()) speakNext(text);
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
