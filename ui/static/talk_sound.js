// The microphone and the loudspeaker of hands-free talking. The browser's own echo cancelling is asked for.

const VOICE_HZ = 22050;
const LOOK_AGAIN_MS = 2000;
const WORKLETS = "/antigone/static/talk-worklets.js";
const WANTED = { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true };

/** Why the microphone cannot be used: the end of a key of [talk], or "" where nothing speaks against trying. */
export function hindrance() {
  if (!window.isSecureContext) return "insecure";
  const able = navigator.mediaDevices?.getUserMedia && window.AudioWorkletNode && window.WebSocket;
  return able ? "" : "unsupported";
}

/** Why opening it failed: the end of a key of [talk]. */
export function reason(error) {
  if (["NotFoundError", "OverconstrainedError", "DevicesNotFoundError"].includes(error?.name)) return "none";
  if (["NotReadableError", "AbortError"].includes(error?.name)) return "busy";
  return ["NotAllowedError", "SecurityError"].includes(error?.name) ? "denied" : "unsupported";
}

/**
 * Open microphone and loudspeaker.
 *
 * `on` is told: heard(buffer of 16-bit samples at 16 kHz), played(samples), silenced(sequence, samples), gone() and
 * back() of the microphone.
 */
export async function openSound(on) {
  let microphone = await capture();
  const speaker = new AudioContext({ sampleRate: VOICE_HZ });
  const input = new AudioContext();
  const close = () => {
    microphone = null;
    for (const context of [speaker, input]) if (context.state !== "closed") context.close();
  };
  let closed = false;
  let source = null;

  async function capture() {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: WANTED });
    return { stream, track: stream.getAudioTracks()[0] };
  }

  function connect() {
    source?.disconnect();
    source = input.createMediaStreamSource(microphone.stream);
    source.connect(tap);
    microphone.track.addEventListener("ended", lookAgain, { once: true });
  }

  async function lookAgain() {
    if (closed) return;
    on.gone();
    while (!closed) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
      const found = closed ? null : await capture().catch(() => null);
      if (!found) continue;
      if (closed) return found.track.stop();
      microphone = found;
      connect();
      return on.back();
    }
  }

  let tap;
  let voice;
  try {
    await Promise.all([speaker, input].map((context) => context.audioWorklet.addModule(WORKLETS)));
    tap = new AudioWorkletNode(input, "microphone", { numberOfOutputs: 0 });
    voice = new AudioWorkletNode(speaker, "voice", { numberOfInputs: 0, outputChannelCount: [1] });
    tap.port.onmessage = ({ data }) => on.heard(data);
    voice.port.onmessage = ({ data }) =>
      (data.silenced === undefined ? on.played(data.played) : on.silenced(data.silenced, data.played));
    voice.connect(speaker.destination);
    connect();
    await Promise.all([speaker.resume(), input.resume()]);
  } catch (error) {
    microphone.track.stop();
    close();
    throw error;
  }

  return {
    /** Play a frame in its turn. */
    play(sequence, first, samples) {
      voice.port.postMessage({ sequence, first, samples }, [samples.buffer]);
    },
    /** Drop all frames before this one, at once. */
    silence(sequence) {
      voice.port.postMessage({ silence: sequence });
    },
    /** Give both back. */
    close() {
      closed = true;
      microphone.track.stop();
      close();
    },
  };
}
