// Small helpers to make the page's elements. Text is only ever set as text.

import { fromAgent, t } from "./words.js";

export const node = (id) => document.getElementById(id);

/** An element with properties and children; what is empty among the children is left out. */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.filter(Boolean));
  return element;
}

/** A button with a sentence of the catalogue on it, and a longer one as its name where the short one is not enough. */
export function button(key, run, { name = "", values = {}, className = "quiet" } = {}) {
  const made = make("button", { type: "button", className, textContent: t(key) });
  if (name) made.setAttribute("aria-label", t(name, values));
  made.addEventListener("click", run);
  return made;
}

/** Why a request failed: the server's sentence where it gave one. */
export async function reason(reply, otherwise) {
  const why = await reply?.text().catch(() => "");
  return why && why.length < 500 && !why.startsWith("{") ? fromAgent(why) : t(otherwise);
}

/** Send JSON to an address of ours; null when the program cannot be reached. */
export function post(address, json) {
  const headers = { "Content-Type": "application/json" };
  return fetch(address, { method: "POST", headers, body: JSON.stringify(json) }).catch(() => null);
}

/** A moment in the page's language: "Thursday, 3 December 2026 at 12:00". */
export function moment(iso) {
  const form = new Intl.DateTimeFormat(document.documentElement.lang || "en", { dateStyle: "full", timeStyle: "short" });
  return form.format(new Date(iso));
}
