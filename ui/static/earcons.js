// Short, distinct sounds: the same six that the voice loop and the terminal use (assets/earcons).

import { earconsOn, talksHandsFree, volume } from "./preferences.js";

const made = {};

/** Play listening, thinking, tool, consent, error or done, if the user wants such sounds and no voice loop plays them. */
export function earcon(name, always = false) {
  if (!earconsOn() || (talksHandsFree() && !always)) return;
  made[name] ??= new Audio(`/antigone/earcons/${name}.flac`);
  made[name].volume = volume();
  made[name].currentTime = 0;
  made[name].play().catch(() => null); // before the first key or click a browser plays nothing
}
