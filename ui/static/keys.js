// Keyboard shortcuts. Alt+Shift and Ctrl+Alt are free in NVDA, JAWS and Orca; each action's keys can be changed
// (keys_editor.js), and all of them turned off (WCAG 2.1.4).

import { make } from "./dom.js";
import { shortcutStyle } from "./preferences.js";
import { t } from "./words.js";

const KEPT = "antigone-keys";
const STYLES = { "alt-shift": { alt: true, shift: true }, "control-alt": { ctrl: true, alt: true } };
const NAMED = { Comma: "keys.comma", Period: "keys.period", Space: "keys.space", ArrowLeft: "keys.arrow_left", ArrowRight: "keys.arrow_right",
  ArrowUp: "keys.arrow_up", ArrowDown: "keys.arrow_down" };
const actions = []; // {name, code, says, run}
const own = read(); // by the action's name: the keys that the user chose for it

function read() {
  try {
    return JSON.parse(localStorage.getItem(KEPT)) ?? {};
  } catch {
    return {}; // nothing kept, or nothing that can be used
  }
}

/** More actions: name, code of the key, key of the sentence that says what it does, what it does. */
export function addActions(more) {
  actions.push(...more);
}

export const allActions = () => actions;

/** Whether shortcuts are on. */
export const shortcutsOn = () => shortcutStyle() in STYLES;

/** The keys of an action: {code, ctrl, alt, shift, meta}. */
export function keysOf({ name, code }) {
  return own[name] ?? { code, ctrl: false, alt: false, shift: false, meta: false, ...STYLES[shortcutStyle()] };
}

export const isOwn = ({ name }) => name in own;

/** Keep other keys for an action; null gives it its own back. */
export function changeKeys({ name }, keys) {
  if (keys) own[name] = keys;
  else delete own[name];
  localStorage.setItem(KEPT, JSON.stringify(own));
}

/** The keys of an event, or null while only modifiers are held. */
export function keysOfEvent(event) {
  if (["Alt", "AltGraph", "Control", "Shift", "Meta", "CapsLock", "Insert"].includes(event.key)) return null;
  return { code: event.code, ctrl: event.ctrlKey, alt: event.altKey, shift: event.shiftKey, meta: event.metaKey };
}

export const same = (one, other) => ["code", "ctrl", "alt", "shift", "meta"].every((part) => one[part] === other[part]);

/** Keys in words: "Alt Shift M". */
export function inWords(keys) {
  const held = ["ctrl", "alt", "shift", "meta"].filter((name) => keys[name]).map((name) => t(`keys.${name}`));
  const plain = keys.code.replace(/^(Key|Digit|Numpad)/, "");
  return [...held, keys.code in NAMED ? t(NAMED[keys.code]) : plain].join(" ");
}

const typing = (target) => target.closest?.("textarea, input:not([type=checkbox]):not([type=radio]):not([type=range]), select");

/** Listen. `help` shows the list; `stop` silences and stops. */
export function listen(help, stop) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented) return;
    if (event.key === "Escape" && !event.target.closest?.("dialog[open]")) stop();
    if (!shortcutsOn() || event.repeat || document.querySelector("dialog[open]")) return;
    if (event.key === "?" && !event.ctrlKey && !event.altKey && !event.metaKey && !typing(event.target)) {
      event.preventDefault();
      help();
      return;
    }
    const pressed = keysOfEvent(event);
    const action = pressed && actions.find((candidate) => same(keysOf(candidate), pressed));
    if (!action) return;
    event.preventDefault();
    action.run();
  });
}

/** Write the list of shortcuts in words into a <dl>. */
export function describe(list) {
  const rows = ["escape", "enter", "shift_enter"].map((name) => [t(`keys.${name}`), t(`keys.${name}_does`)]);
  if (shortcutsOn()) {
    rows.push([t("keys.question"), t("keys.question_does")]);
    actions.forEach((action) => rows.push([inWords(keysOf(action)), t(action.says)]));
  }
  list.replaceChildren(...rows.flatMap(([keys, says]) => [make("dt", { textContent: keys }), make("dd", { textContent: says })]));
}
