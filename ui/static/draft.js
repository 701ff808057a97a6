// The message box. What is sent leaves it in the same moment, before another key can be typed, and comes back if it
// could not be sent; so no word is ever lost or sent twice. What is not sent yet survives a reload.

import { node, post, reason } from "./dom.js";
import { earcon } from "./earcons.js";
import { tell } from "./player.js";
import { choicesSent } from "./preferences.js";
import { showView } from "./views.js";

const DRAFT = "antigone-draft";
let last = Promise.resolve(); // messages go one after the other

export const message = () => document.querySelector("#message textarea");

/** Go to the message box, wherever one is. */
export function toMessage() {
  showView("conversation", { focus: false });
  message().focus();
}

function put(text) {
  message().value = text;
  sessionStorage.setItem(DRAFT, text);
  grow();
}

function grow() {
  const box = message();
  box.style.height = "auto";
  box.style.height = `${Math.min(box.scrollHeight + 4, innerHeight / 2)}px`;
}

/** Send a text, or what stands in the box. */
export function send(text = null) {
  const words = text ?? message().value;
  if (text === null) put("");
  last = last.then(() => deliver(words)).catch(() => null);
  return last;
}

async function deliver(words) {
  await choicesSent();
  const reply = await post("/antigone/ask", { text: words });
  if (reply?.ok) return;
  put([words, message().value].filter(Boolean).join("\n"));
  earcon("error");
  tell(await reason(reply, "page.not_sent"));
}

/** Wire the box and its button. */
export function prepareDraft() {
  const box = message();
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send();
  });
  box.addEventListener("input", () => put(box.value));
  node("send").addEventListener("click", () => {
    send();
    box.focus();
  });
  put(box.value || sessionStorage.getItem(DRAFT) || "");
}
