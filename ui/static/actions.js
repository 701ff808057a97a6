// What can be done with a message: repeat, copy, spell, back and forward by sentence. One Tab stop a message; the arrow
// keys go from button to button (the toolbar of the ARIA practices).

import { make } from "./dom.js";
import { move } from "./sentences.js";
import { spell } from "./spelling.js";
import { tell } from "./player.js";
import { t } from "./words.js";

/** Copy a text; said when it is done. */
export async function copy(text) {
  const done = await navigator.clipboard.writeText(text).then(() => true, () => false);
  tell(t(done ? "actions.copied" : "actions.not_copied"));
}

function button(key, name, number, run) {
  const made = make("button", { type: "button", className: "quiet", textContent: t(key), tabIndex: -1 });
  made.setAttribute("aria-label", t(name, { number }));
  made.addEventListener("click", run);
  return made;
}

/** The toolbar of an answer. `text()` is what it says, `element` where it stands, `repeat` says it again. */
export function answerTools(number, element, text, repeat) {
  return toolbar(t("actions.of_answer", { number }), [
    button("log.repeat", "log.repeat_answer", number, repeat),
    button("actions.copy", "actions.copy_answer", number, () => copy(text())),
    button("actions.spell", "actions.spell_answer", number, () => spell(text())),
    button("actions.back", "actions.back_answer", number, () => move(-1, element)),
    button("actions.forward", "actions.forward_answer", number, () => move(1, element)),
  ]);
}

/** The toolbar of the user's own message. */
export function questionTools(number, text) {
  return toolbar(t("actions.of_message", { number }), [
    button("actions.copy", "actions.copy_message", number, () => copy(text())),
    button("actions.spell", "actions.spell_message", number, () => spell(text())),
  ]);
}

function toolbar(name, buttons) {
  const bar = make("div", { className: "row tools" }, ...buttons);
  bar.setAttribute("role", "toolbar");
  bar.setAttribute("aria-label", name);
  buttons[0].tabIndex = 0;
  const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
  bar.addEventListener("keydown", (event) => {
    const from = buttons.indexOf(event.target);
    const to = { Home: 0, End: buttons.length - 1 }[event.key] ?? (from + steps[event.key] + buttons.length) % buttons.length;
    if (from < 0 || Number.isNaN(to) || event.altKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    buttons[to].focus();
  });
  bar.addEventListener("focusin", (event) => buttons.forEach((each) => { each.tabIndex = each === event.target ? 0 : -1; }));
  return bar;
}
