// The user's choices, read from the form that Gradio draws and remembers.

const checked = (id) => Boolean(document.querySelector(`#${id} input`)?.checked);
const chosen = (id) => document.querySelector(`#${id} input:checked`)?.value ?? "";

export const usesScreenReader = () => checked("screen-reader");
export const speaksByItself = () => !usesScreenReader() && checked("autoplay");
export const namesWhatIsReached = () => !usesScreenReader() && checked("names");
export const earconsOn = () => checked("earcons");
export const verbosity = () => chosen("verbosity") || "Normal";
export const shortcutStyle = () => chosen("shortcut-keys") || "Alt and Shift";

/** Words a minute, from a label such as "Fast, 250". */
export function rate() {
  return Number((chosen("rate").match(/\d+/) || ["180"])[0]);
}
