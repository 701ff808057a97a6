// The camera and the screen: one picture at a time, sent with the next message. While the camera is on, that is shown
// and told; it goes off by itself when its view is left. After each photo the light and the sharpness are told.

import { showCamera } from "./announce.js";
import { make, node } from "./dom.js";
import { earcon } from "./earcons.js";
import { addQuietly } from "./files.js";
import { tell } from "./player.js";
import { onView, showView, view } from "./views.js";
import { fromAgent, t, write } from "./words.js";

const FAULTS = { NotFoundError: "camera.missing", NotReadableError: "camera.busy", OverconstrainedError: "camera.missing" };
let stream = null;
let opening = false; // while the browser asks for permission
let taken = 0;
let last = null; // {key, name} of the photo that may be taken again

const video = () => node("camera-video");

export const cameraOn = () => stream !== null;

function show() {
  const on = cameraOn();
  showCamera(on);
  node("camera-toggle").textContent = t(on ? "camera.turn_off" : "camera.turn_on");
  node("camera-take").hidden = video().hidden = !on;
  node("camera-again").hidden = !(on && last);
}

/** Turn the camera on; false when it may not or cannot be used, which is told. */
async function turnOn() {
  if (opening) return false; // a second one would stay on, unseen
  opening = true;
  try {
    stream = await navigator.mediaDevices.getUserMedia({
      video: { facingMode: { ideal: "environment" }, width: { ideal: 1920 }, height: { ideal: 1080 } },
    });
  } catch (error) {
    stream = null;
    fault(t(FAULTS[error?.name] ?? "camera.refused"));
    return false;
  } finally {
    opening = false;
  }
  if (view() !== "pictures") return turnOff(); // left while the browser asked
  stream.getVideoTracks()[0].addEventListener("ended", () => turnOff("camera.lost"));
  video().srcObject = stream;
  await video().play().catch(() => null);
  show();
  earcon("listening");
  tell(t("camera.is_on"));
  return true;
}

/** Turn it off; why is told. */
export function turnOff(said = "camera.is_off") {
  if (!cameraOn()) return false;
  if (document.activeElement?.closest("#camera-take, #camera-again")) node("camera-toggle").focus();
  stream.getTracks().forEach((track) => track.stop());
  stream = video().srcObject = null;
  show();
  tell(t(said));
  return false;
}

function fault(text) {
  earcon("error");
  write(node("camera-note"), text);
  tell(text);
}

const toggle = () => (cameraOn() ? turnOff() : turnOn());

async function frame(source) {
  const canvas = make("canvas", { width: source.videoWidth, height: source.videoHeight });
  canvas.getContext("2d").drawImage(source, 0, 0);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.92));
}

async function take(instead = null) {
  earcon("done");
  const data = video().videoWidth ? await frame(video()) : null;
  if (!data) return fault(t("camera.not_ready"));
  if (!instead) taken += 1;
  await keep(data, t("camera.photo", { number: taken }), instead);
}

/** `instead`: the photo that this one takes the place of, which stays until this one is kept. */
async function keep(data, name, instead = null) {
  const kept = await addQuietly(new File([data], `${name}.jpg`, { type: "image/jpeg" }));
  if (!kept) return;
  if (instead) await fetch(`/antigone/files/${instead.key}`, { method: "DELETE" }).catch(() => null);
  last = kept;
  node("camera-preview").replaceChildren(make("img", { src: `/antigone/files/${kept.key}`, alt: t("camera.preview", { name }) }));
  show();
  await judge(kept, name);
}

/** Say how good the picture is, in the words that describing uses. */
async function judge(kept, name) {
  const reply = await fetch(`/antigone/files/${kept.key}/quality`).catch(() => null);
  const hints = reply?.ok ? (await reply.json()).hints : null;
  const good = hints === null ? "" : t("camera.good");
  const said = [t("camera.taken", { name }), hints?.length ? fromAgent(hints.join(" ")) : good].filter(Boolean);
  write(node("camera-note"), said);
  tell(said);
}

/** One picture of the screen or of a window that the user chooses; nothing goes on being watched. */
async function takeScreen() {
  let screen;
  try {
    screen = await navigator.mediaDevices.getDisplayMedia({ video: true, audio: false });
  } catch {
    return fault(t("camera.screen_refused"));
  }
  const source = make("video", { srcObject: screen, muted: true });
  await source.play().catch(() => null);
  const data = source.videoWidth ? await frame(source) : null;
  screen.getTracks().forEach((track) => track.stop());
  if (!data) return fault(t("camera.not_ready"));
  taken += 1;
  await keep(data, t("camera.screen_name", { number: taken }));
  node("screen-take").focus();
}

/** The shortcut: goes to the camera, turns it on, takes the picture; one step at each press. */
export function photo() {
  if (view() !== "pictures") showView("pictures", { focus: false });
  if (cameraOn()) return node("camera-take").focus(), take();
  node("camera-toggle").focus();
  return turnOn().then((on) => on && node("camera-take").focus());
}

/** Forget the photo that went with a message. */
export function photoGone() {
  last = null;
  node("camera-preview").replaceChildren();
  write(node("camera-note"), "");
  show();
}

export function prepareCamera(ask) {
  node("camera-toggle").addEventListener("click", toggle);
  node("camera-take").addEventListener("click", () => take());
  node("camera-again").addEventListener("click", () => take(last));
  node("screen-take").addEventListener("click", takeScreen);
  node("camera-describe").addEventListener("click", () => ask("Describe this picture."));
  node("camera-read").addEventListener("click", () => ask("Read this."));
  node("camera-own").addEventListener("click", () => ask(""));
  onView((name) => name !== "pictures" && cameraOn() && turnOff("camera.left"));
  if (!navigator.mediaDevices?.getDisplayMedia) node("screen-take").hidden = true;
  addEventListener("pagehide", () => stream?.getTracks().forEach((track) => track.stop()));
  show();
}
