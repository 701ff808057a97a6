// The user's choices, read from the form that Gradio draws and remembers.

const checked = (id) => Boolean(document.querySelector(`#${id} input`)?.checked);
const chosen = (id) => document.querySelector(`#${id} input:checked`)?.value ?? "";

export const usesScreenReader = () => checked("screen-reader");
export const speaksByItself = () => !usesScreenReader() && checked("autoplay");
export const namesWhatIsReached = () => !usesScreenReader() && checked("names");
export const earconsOn = () => checked("earcons");
export const verbosity = () => chosen("verbosity") || "normal";
export const shortcutStyle = () => chosen("shortcut-keys") || "alt-shift";

/** Words a minute. */
export const rate = () => Number(chosen("rate")) || 180;
