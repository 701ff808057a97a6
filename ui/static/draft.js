// The message box: what was sent leaves it as soon as it stands in the conversation; what was typed since stays.
// (Were the server to empty it, words typed while its reply is on the way would be lost.)

export const message = () => document.querySelector("#message textarea");

let sent = null; // what the box held when this page sent it last

export function prepareDraft() {
  const box = message();
  const take = () => {
    sent = box.value;
  };
  box.addEventListener("keydown", (event) => event.key === "Enter" && !event.shiftKey && take(), { capture: true });
  document.querySelector("#message [data-testid=submit-button]").addEventListener("click", take, { capture: true });
}

export function messageTaken() {
  const box = message();
  if (sent === null) return;
  if (box.value.startsWith(sent)) {
    const caret = Math.max(0, box.selectionStart - sent.length);
    box.value = box.value.slice(sent.length);
    box.setSelectionRange(caret, caret);
    box.dispatchEvent(new Event("input", { bubbles: true })); // Gradio keeps its own copy
  }
  sent = null;
}
