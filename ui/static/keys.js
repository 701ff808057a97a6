// Keyboard shortcuts. Alt+Shift and Ctrl+Alt are free in NVDA, JAWS and Orca; the user may choose or turn them off.

import { shortcutStyle } from "./preferences.js";

const MODIFIERS = {
  "Alt and Shift": { said: "Alt Shift", held: (event) => event.altKey && event.shiftKey && !event.ctrlKey },
  "Control and Alt": { said: "Control Alt", held: (event) => event.ctrlKey && event.altKey && !event.shiftKey },
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
  const rows = [["Escape", "Stop speech and work at once"], ["Enter in the message", "Send"],
    ["Shift Enter in the message", "New line"]];
  if (modifier) {
    rows.push(["Question mark, when not typing", "This list"]);
    actions.forEach(({ key, says }) => rows.push([`${modifier.said} ${key}`, says]));
  }
  list.replaceChildren(...rows.flatMap(([keys, says]) => {
    const term = document.createElement("dt");
    const detail = document.createElement("dd");
    term.textContent = keys;
    detail.textContent = says;
    return [term, detail];
  }));
}
