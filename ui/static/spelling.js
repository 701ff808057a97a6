// Spelling, to hear and to see: the words of a text as a list, and the letters of the chosen word as large as they can
// be. The arrow keys go from sign to sign; a screen reader names each, as does the program's own voice.

import { make, node, post } from "./dom.js";
import { hush, speakNow, tell } from "./player.js";
import { speaksByItself } from "./preferences.js";
import { fromAgent, t } from "./words.js";

const LONGEST = 1000;
let words = []; // [[sign, name, code name]...] for each word
let before = null;

const codeWords = () => node("spell-code").getAttribute("aria-pressed") === "true";
const said = ([, name, code]) => (codeWords() ? code : name);

/** Spell a text in a dialog. */
export async function spell(text) {
  const reply = await post("/antigone/spelling", { text: text.slice(0, LONGEST) });
  if (!reply?.ok) return tell(t("spelling.failed"));
  words = [[]];
  for (const sign of await reply.json()) {
    if (/\s/.test(sign[0])) words.push([]);
    else words.at(-1).push(sign);
  }
  words = words.filter((word) => word.length);
  if (!words.length) return tell(t("spelling.failed"));
  hush();
  before = document.activeElement;
  const list = node("spell-words");
  list.replaceChildren(...words.map((word, at) => option(word.map(([sign]) => sign).join(""), at === 0)));
  node("spell").showModal();
  choose(0);
  return list.firstElementChild.focus();
}

function option(text, chosen, name = "") {
  const made = make("li", { textContent: text, tabIndex: chosen ? 0 : -1, lang: "en" });
  made.setAttribute("role", "option");
  made.setAttribute("aria-selected", String(chosen));
  if (name) made.setAttribute("aria-label", name);
  return made;
}

/** Show the letters of a word. */
function choose(at) {
  const word = words[at].map(([sign]) => sign).join("");
  node("spell-letters").replaceChildren(...words[at].map((sign, index) => option(sign[0], index === 0, said(sign))));
  node("spell-letters").setAttribute("aria-label", t("spelling.letters_of", { word }));
  node("spell-letters").dataset.word = String(at);
}

const letters = () => words[Number(node("spell-letters").dataset.word)].map(said).join(", ");

function moveIn(list, step) {
  const all = [...list.children];
  const from = all.findIndex((each) => each.tabIndex === 0);
  const to = step === "first" ? 0 : step === "last" ? all.length - 1 : Math.max(0, Math.min(all.length - 1, from + step));
  all.forEach((each, at) => {
    each.tabIndex = at === to ? 0 : -1;
    each.setAttribute("aria-selected", String(at === to));
  });
  if (list.id === "spell-words") choose(to);
  all[to].focus();
  say(list, to);
}

function say(list, at) {
  if (!speaksByItself()) return; // a screen reader says what has the focus
  if (list.id === "spell-words") speakNow(fromAgent(`${list.children[at].textContent}: ${letters()}.`));
  else speakNow(fromAgent(said(words[Number(list.dataset.word)][at])));
}

const STEPS = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1, Home: "first", End: "last" };

function prepareList(list) {
  list.addEventListener("keydown", (event) => {
    if (!(event.key in STEPS) || event.altKey || event.ctrlKey) return;
    event.preventDefault();
    moveIn(list, STEPS[event.key]);
  });
  list.addEventListener("click", ({ target }) => {
    const at = [...list.children].indexOf(target);
    if (at >= 0) moveIn(list, at - [...list.children].findIndex((each) => each.tabIndex === 0));
  });
}

/** Wire the dialog once. */
export function prepareSpelling() {
  for (const id of ["spell-words", "spell-letters"]) prepareList(node(id));
  node("spell-code").addEventListener("click", ({ currentTarget: toggle }) => {
    toggle.setAttribute("aria-pressed", String(!codeWords()));
    choose(Number(node("spell-letters").dataset.word));
  });
  node("spell-hear").addEventListener("click", () => (speaksByItself() ? speakNow(fromAgent(`${letters()}.`)) : tell(fromAgent(letters()))));
  node("spell-close").addEventListener("click", () => node("spell").close());
  node("spell").addEventListener("close", () => {
    hush();
    if (before?.isConnected) before.focus();
  });
}
