// The microphone: 16 kHz mono, kept in the page until the user stops, then sent as a WAV file.

import { showMicrophone } from "./announce.js";
import { earcon } from "./earcons.js";
import { hush, tell } from "./player.js";
import { usesScreenReader } from "./preferences.js";
import { fromAgent, t } from "./words.js";

const RATE = 16000;
const LONGEST_S = 300;
const NOTICE_MS = 1200; // time for a screen reader to say its line before the microphone opens
let open = null; // {stream, context, chunks, timer} while recording
let opening = null; // what ends the opening, while the browser asks for permission

/** Whether the microphone is open, or about to be. */
export const recording = () => open !== null || opening !== null;

/** Float samples as a 16-bit WAV file. */
export function wav(chunks) {
  const count = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const view = new DataView(new ArrayBuffer(44 + 2 * count));
  const ascii = (at, text) => [...text].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  ascii(0, "RIFF"); view.setUint32(4, 36 + 2 * count, true); ascii(8, "WAVEfmt ");
  view.setUint32(16, 16, true); view.setUint16(20, 1, true); view.setUint16(22, 1, true);
  view.setUint32(24, RATE, true); view.setUint32(28, 2 * RATE, true);
  view.setUint16(32, 2, true); view.setUint16(34, 16, true);
  ascii(36, "data"); view.setUint32(40, 2 * count, true);
  let at = 44;
  for (const chunk of chunks) {
    for (const sample of chunk) {
      view.setInt16(at, Math.max(-1, Math.min(1, sample)) * 32767, true);
      at += 2;
    }
  }
  return new Blob([view], { type: "audio/wav" });
}

function label(text) {
  document.getElementById("record").textContent = text;
  document.getElementById("record").dataset.on = String(open !== null);
  showMicrophone(open !== null);
}

/** Start, or stop and send; pressed while it opens, it stays closed. */
export async function toggle() {
  if (open) return finish();
  if (opening) {
    cancel();
    return tell(t("record.thrown_away"));
  }
  hush();
  const mine = new AbortController();
  opening = mine;
  try {
    await begin(mine.signal);
  } catch (error) {
    if (mine.signal.aborted) return;
    cancel();
    earcon("error");
    tell(t(error?.name === "NotFoundError" ? "record.missing" : "record.refused"));
  }
}

async function begin(signal) {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: true } });
  let context = null;
  try {
    signal.throwIfAborted();
    showMicrophone(true);
    if (usesScreenReader()) {
      tell(t("record.after_tone"));
      await new Promise((resolve) => setTimeout(resolve, NOTICE_MS));
    }
    context = new AudioContext({ sampleRate: RATE });
    await context.audioWorklet.addModule("/antigone/static/recorder-worklet.js");
    signal.throwIfAborted();
  } catch (error) {
    stream.getTracks().forEach((track) => track.stop());
    context?.close();
    throw error;
  }
  const tap = new AudioWorkletNode(context, "tap");
  open = { stream, context, chunks: [], timer: setTimeout(finish, LONGEST_S * 1000) };
  opening = null;
  tap.port.onmessage = (message) => open?.chunks.push(message.data);
  context.createMediaStreamSource(stream).connect(tap);
  earcon("listening");
  label(t("record.stop"));
}

/** Close the microphone and send what was said. */
export async function finish() {
  const chunks = open?.chunks ?? [];
  cancel();
  earcon("thinking");
  const reply = await fetch("/antigone/recording", { method: "POST", body: wav(chunks) }).catch(() => null);
  if (reply?.ok) return;
  const why = await reply?.text().catch(() => "");
  tell(why ? fromAgent(why) : t("record.not_sent"));
}

/** Close the microphone and throw away what was said. */
export function cancel() {
  opening?.abort();
  opening = null;
  if (open) {
    clearTimeout(open.timer);
    open.stream.getTracks().forEach((track) => track.stop());
    open.context.close();
  }
  open = null;
  label(t("record.start"));
}
