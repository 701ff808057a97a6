// The question before a change: a modal dialog, so the browser keeps focus inside and gives it back afterwards.

import { post, reason } from "./dom.js";
import { hush, tell } from "./player.js";
import { write } from "./words.js";

const dialog = () => document.getElementById("consent");
let before = null;
let decide = null; // what is done with the answer
let question = ""; // the agent's, as it was shown: a yes is to these words and no others

function reply(yes) {
  hush();
  close();
  decide(yes);
}

function close() {
  dialog().close();
  (before?.isConnected && before !== document.body ? before : document.querySelector("#message textarea")).focus();
}

async function tellAgent(yes) {
  const reply = await post("/antigone/consent", { yes, question });
  if (!reply?.ok) tell(await reason(reply, "page.lost"));
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

/** Ask; focus goes to No, the answer that changes nothing. A question that was open is answered with no. */
export function askConsent(said, then = tellAgent, asked = "") {
  if (dialog().open) {
    close(); // so that the other words are read out, and nobody agrees to them by a key meant for these
    if (decide !== tellAgent) decide(false);
  }
  [decide, question] = [then, asked];
  write(document.getElementById("consent-text"), said);
  before = document.activeElement;
  dialog().showModal();
  document.getElementById("consent-no").focus();
}

/** The agent no longer waits for an answer: its question goes, and focus goes back. */
export function closeConsent() {
  if (dialog()?.open && decide === tellAgent) close();
}
