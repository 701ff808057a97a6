// Other keys for an action: press "Change", then the new keys. What another action has, or the browser, is refused and
// told; Escape leaves it as it was, Tab goes on.

import { announce } from "./announce.js";
import { button, make, node } from "./dom.js";
import { allActions, changeKeys, inWords, isOwn, keysOf, keysOfEvent, same, shortcutsOn } from "./keys.js";
import { speakNow } from "./player.js";
import { speaksByItself } from "./preferences.js";
import { t } from "./words.js";

const BROWSERS = "KeyA KeyC KeyF KeyL KeyN KeyP KeyQ KeyR KeyS KeyT KeyV KeyW KeyX KeyZ Tab F4".split(" "); // with Control
let waiting = null; // {action, end} while the new keys are awaited

function say(text) {
  announce(text);
  if (speaksByItself()) speakNow(text);
}

/** Draw the table of actions and their keys; focus goes to the button of `focused`, if given. */
export function drawKeys(focused = "") {
  const rows = allActions().map((action) => {
    const name = t(action.says);
    const change = button("keys.change_one", () => awaitKeys(action), { name: "keys.change_name", values: { name } });
    change.dataset.action = action.name;
    const reset = button("keys.reset_one", () => resetOne(action), { name: "keys.reset_name", values: { name } });
    reset.hidden = !isOwn(action);
    return make("tr", {}, make("th", { scope: "row", textContent: name }),
      make("td", { textContent: shortcutsOn() ? inWords(keysOf(action)) : t("keys.off") }),
      make("td", {}, make("div", { className: "row" }, change, reset)));
  });
  node("keys-rows").replaceChildren(...rows);
  node("keys-reset").hidden = !allActions().some(isOwn);
  if (focused) node("keys-rows").querySelector(`[data-action="${focused}"]`).focus();
}

function awaitKeys(action) {
  waiting = action;
  const pressed = node("keys-rows").querySelector(`[data-action="${action.name}"]`);
  pressed.textContent = t("keys.press");
  say(t("keys.press_for", { name: t(action.says) }));
}

function take(event) {
  if (!waiting) return;
  const action = waiting;
  const leave = event.key === "Tab" && !event.ctrlKey && !event.altKey;
  if (!leave) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
  if (leave || event.key === "Escape") return finish(action, t("keys.unchanged"));
  const keys = keysOfEvent(event);
  if (!keys || event.repeat) return;
  const taken = allActions().find((other) => other !== action && same(keysOf(other), keys));
  if (!keys.ctrl && !keys.alt && !keys.meta && !/^F\d+$/.test(keys.code)) say(t("keys.need_modifier"));
  else if (taken) say(t("keys.taken", { keys: inWords(keys), name: t(taken.says) }));
  else if ((keys.ctrl || keys.meta) && !keys.alt && BROWSERS.includes(keys.code)) say(t("keys.browsers", { keys: inWords(keys) }));
  else {
    changeKeys(action, keys);
    finish(action, t("keys.changed", { name: t(action.says), keys: inWords(keys) }));
  }
}

function finish(action, said) {
  waiting = null;
  drawKeys(action.name);
  say(said);
}

function resetOne(action) {
  changeKeys(action, null);
  drawKeys(action.name);
  say(t("keys.changed", { name: t(action.says), keys: inWords(keysOf(action)) }));
}

function resetAll() {
  allActions().forEach((action) => changeKeys(action, null));
  drawKeys();
  node("keys-heading").focus();
  say(t("keys.all_reset"));
}

/** Wire the editor. */
export function prepareEditor() {
  document.addEventListener("keydown", take, true); // before the shortcuts themselves
  node("keys-reset").addEventListener("click", resetAll);
  node("keys-rows").addEventListener("focusout", () => setTimeout(() => {
    if (waiting && document.activeElement?.dataset.action !== waiting.name) finishQuietly();
  }, 0));
  drawKeys();
}

function finishQuietly() {
  const held = document.activeElement;
  waiting = null;
  const row = held?.closest("#keys-rows") ? held.dataset.action : "";
  drawKeys(row);
}
