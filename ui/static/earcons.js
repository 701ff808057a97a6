// Short, distinct sounds: [frequency in hertz, start and length in seconds] of each tone.

import { earconsOn } from "./preferences.js";

const TONES = {
  listening: [[523, 0, 0.09], [784, 0.1, 0.12]],
  heard: [[784, 0, 0.09], [523, 0.1, 0.12]],
  consent: [[659, 0, 0.1], [659, 0.16, 0.1], [880, 0.32, 0.16]],
  error: [[220, 0, 0.18], [175, 0.2, 0.24]],
  done: [[880, 0, 0.1]],
};
let context = null;

/** Play one earcon if the user wants them. */
export function earcon(name) {
  if (!earconsOn()) return;
  context ??= new AudioContext();
  context.resume();
  for (const [frequency, start, length] of TONES[name]) {
    const tone = new OscillatorNode(context, { frequency, type: "sine" });
    const gain = new GainNode(context, { gain: 0 });
    const from = context.currentTime + start;
    gain.gain.linearRampToValueAtTime(0, from);
    gain.gain.linearRampToValueAtTime(0.12, from + 0.01);
    gain.gain.linearRampToValueAtTime(0, from + length);
    tone.connect(gain).connect(context.destination);
    tone.start(from);
    tone.stop(from + length + 0.02);
  }
}
