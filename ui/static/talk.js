// Hands-free talking: the voice loop of the program, through this page's microphone and loudspeaker.
//
// The loop speaks the answers (or, for those who use a screen reader, leaves them to the announcer). What is said stands
// in the conversation like any other message; this file tells of the microphone, of the words as they come, and of a
// connection that is lost. Focus stays where it is.

import { announce, showMicrophone } from "./announce.js";
import { node } from "./dom.js";
import { earcon } from "./earcons.js";
import { addActions } from "./keys.js";
import { inView, repeatAnswer } from "./messages.js";
import { hush, speakThrough, tell } from "./player.js";
import { usesScreenReader } from "./preferences.js";
import { cancel as cancelRecording, recording } from "./recorder.js";
import { openSocket } from "./talk_socket.js";
import { hindrance, openSound, reason } from "./talk_sound.js";
import { fromAgent, parts, t } from "./words.js";

const LONGEST_SAID = 4000; // letters the program says for the page at once
const RESTART_MS = 600; // after a choice was changed: a slider moves in many steps
let talk = null; // {sound, socket} while the microphone is open
let opening = false;
let lost = false;
let notices = []; // said by the loop, so that they are not told to it again
let failed = null; // why the loop has ended by itself
let restart = null;

/** Whether the microphone is open, or about to be. */
export const talking = () => opening || talk !== null;

function show(state) {
  const on = talking();
  document.documentElement.dataset.talking = on ? "on" : "off";
  node("talk").setAttribute("aria-pressed", String(on));
  showMicrophone(on, on ? t(`talk.state_${state}`) : undefined);
  if (!on) words("");
}

function words(text) {
  const line = node("live-words");
  const appears = line.hidden && text;
  line.hidden = !text;
  line.textContent = text ? t("talk.hearing", { words: text }) : "";
  if (appears) inView(line);
}

const plain = (said) => parts(said).map((part) => part.text).join(" ").trim();

/** What the page itself says: spoken by the loop, so that the loop knows whose words it hears. */
function say(said) {
  const text = plain(said).slice(0, LONGEST_SAID);
  if (text && !usesScreenReader()) talk?.socket.send({ event: "say", text });
}

/** What the announcer says is spoken by the screen reader: the loop must know these words for the program's own. */
function follow(announcer) {
  new MutationObserver(() => {
    const text = announcer.textContent.trim().slice(0, LONGEST_SAID);
    if (text && usesScreenReader() && !notices.includes(text)) talk?.socket.send({ event: "say", text });
  }).observe(announcer, { childList: true, subtree: true, characterData: true });
}

// What the loop tells. The agent's own events come by the conversation's log.
const take = {
  StateChanged: ({ state }) => show(state),
  SpeechBegan: () => hush(),
  WordsSoFar: ({ text }) => words(text),
  TurnEnded: () => words(""),
  NothingSaid: () => words(""),
  Notice({ text }) {
    if (!usesScreenReader() || text === t("voice.still_working")) return; // the page has a sign of life of its own
    notices = [...notices.slice(-9), text];
    announce(text);
  },
  Commanded({ name }) {
    if (!usesScreenReader()) return;
    if (name === "repeat") repeatAnswer();
    if (name === "stop") announce(t("voice.stopped"));
  },
  DeviceLost: ({ text, remedy }) => usesScreenReader() && announce(`${text} ${remedy}`),
  DeviceBack: ({ text }) => usesScreenReader() && announce(text),
  Failed({ text, remedy, own, last }) {
    const why = fromAgent(`${text} ${remedy}`);
    if (last) failed = why; // told with the end, which comes at once
    else if (own) announce(why);
  },
};

function connect(sound) {
  return openSocket(() => ({ speech: !usesScreenReader() }), {
    open() {
      if (lost) tell(t("talk.back"));
      lost = false;
    },
    event: (event) => take[event.event]?.(event),
    frame: (sequence, first, samples) => sound().play(sequence, first, samples),
    silence: (sequence) => sound().silence(sequence),
    lost() {
      show("lost");
      if (!lost) announce(t("talk.lost"));
      if (!lost) earcon("error", true);
      lost = true;
    },
    over: (why) => end(why),
  });
}

async function begin() {
  const cannot = hindrance();
  if (cannot) return refuse(cannot);
  hush();
  if (recording()) {
    cancelRecording(); // one microphone, one use
    tell(t("record.thrown_away"));
  }
  opening = true;
  failed = null;
  show("starting");
  announce(t("talk.opening"));
  let socket = null;
  let sound = null;
  try {
    sound = await openSound({
      heard: (samples) => socket?.send(samples),
      played: (samples) => socket?.played(samples),
      silenced: (sequence, samples) => socket?.silenced(sequence, samples),
      gone: () => socket?.send({ event: "microphone", on: false }),
      back: () => socket?.send({ event: "microphone", on: true }),
    });
  } catch (error) {
    opening = false;
    return refuse(reason(error));
  }
  if (!opening) return sound.close(); // turned off while the browser asked for permission
  opening = false;
  lost = false;
  socket = connect(() => sound);
  talk = { sound, get socket() { return socket; }, set socket(other) { socket = other; } };
  speakThrough(say);
  show("starting");
  announce(t(usesScreenReader() ? "talk.on_screen_reader" : "talk.on"));
}

function refuse(why) {
  show();
  earcon("error");
  tell(t(`talk.${why}`));
}

/** End it; `why` is the end of a key of [talk], "off" when the user wanted it. */
function end(why) {
  opening = false;
  clearTimeout(restart);
  const ended = talk;
  talk = null;
  speakThrough(null);
  ended?.sound.close();
  show();
  earcon(why === "off" ? "done" : "error");
  if (why === "off") announce(t("talk.off"));
  else tell([failed ?? "", t(`talk.${why}`)]);
}

/** Turn it off, if it is on. */
export function stopTalking() {
  if (!talking()) return;
  talk?.socket.close();
  end("off");
}

/** Turn it on or off. */
export function toggleTalking() {
  if (talking()) stopTalking();
  else begin();
}

/** A choice has changed: the loop begins anew with it, through the same microphone. */
export function talkAnew() {
  if (!talk) return;
  clearTimeout(restart);
  restart = setTimeout(() => {
    talk.socket.close();
    talk.socket = connect(() => talk.sound);
  }, RESTART_MS);
}

/** Wire the button and its key. */
export function prepareTalk() {
  node("talk").addEventListener("click", toggleTalking);
  addActions([{ name: "talk", code: "KeyH", says: "talk.shortcut", run: toggleTalking }]);
  follow(node("announcer"));
  window.addEventListener("pagehide", () => {
    if (!talking()) return;
    sessionStorage.setItem("antigone-said", "talk.off"); // said when the page is back
    stopTalking();
  });
}
