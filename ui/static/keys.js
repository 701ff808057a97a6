// Keyboard shortcuts. Alt+Shift and Ctrl+Alt are free in NVDA, JAWS and Orca; the user may choose or turn them off.

import { shortcutStyle } from "./preferences.js";
import { t } from "./words.js";

const MODIFIERS = {
  "alt-shift": { said: "keys.alt_shift", held: (event) => event.altKey && event.shiftKey && !event.ctrlKey },
  "control-alt": { said: "keys.control_alt", held: (event) => event.ctrlKey && event.altKey && !event.shiftKey },
};
const typing = (target) => target.closest("textarea, input:not([type=checkbox]):not([type=radio]), select");

/** Listen. `actions` is a list of {code, key, says, run}; `help` shows the list; `stop` silences and stops. */
export function listen(actions, help, stop) {
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.target.closest("dialog[open]")) stop();
    const modifier = MODIFIERS[shortcutStyle()];
    if (!modifier || event.repeat) return;
    if (event.key === "?" && !event.ctrlKey && !event.altKey && !event.metaKey && !typing(event.target)) {
      event.preventDefault();
      help();
      return;
    }
    const action = modifier.held(event) ? actions.find((candidate) => candidate.code === event.code) : null;
    if (action && !document.querySelector("dialog[open]")) {
      event.preventDefault();
      action.run();
    }
  });
}

/** Write the list of shortcuts in words into a <dl>. */
export function describe(list, actions) {
  const modifier = MODIFIERS[shortcutStyle()];
  const rows = ["escape", "enter", "shift_enter"].map((name) => [t(`keys.${name}`), t(`keys.${name}_does`)]);
  if (modifier) {
    rows.push([t("keys.question"), t("keys.question_does")]);
    actions.forEach(({ key, says }) => rows.push([`${t(modifier.said)} ${key}`, t(says)]));
  }
  list.replaceChildren(...rows.flatMap(([keys, says]) => {
    const term = document.createElement("dt");
    const detail = document.createElement("dd");
    term.textContent = keys;
    detail.textContent = says;
    return [term, detail];
  }));
}
