// The question before a change: a modal dialog, so the browser keeps focus inside and gives it back afterwards.

import { hush } from "./player.js";
import { write } from "./words.js";

const dialog = () => document.getElementById("consent");
let before = null;
let decide = null; // what is done with the answer

function reply(yes) {
  hush();
  closeConsent();
  decide(yes);
}

async function tellAgent(yes) {
  await fetch("/antigone/consent", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ yes }),
  });
}

/** Wire the buttons once. */
export function prepareConsent() {
  document.getElementById("consent-yes").addEventListener("click", () => reply(true));
  document.getElementById("consent-no").addEventListener("click", () => reply(false));
  dialog().addEventListener("cancel", (event) => {
    event.preventDefault();
    reply(false);
  });
}

/** Ask; focus goes to No, the answer that changes nothing. */
export function askConsent(said, then = tellAgent) {
  decide = then;
  write(document.getElementById("consent-text"), said);
  before = document.activeElement;
  if (!dialog().open) dialog().showModal();
  document.getElementById("consent-no").focus();
}

/** Close the question and give focus back. */
export function closeConsent() {
  if (!dialog()?.open) return;
  dialog().close();
  (before?.isConnected && before !== document.body ? before : document.querySelector("#message textarea")).focus();
}
