// Documents that are kept to be asked about later: one of the shelf is taken in with progress, all are listed and
// searched, each can be removed after a question and brought back.

import { announce, ended, nowDoing, started } from "./announce.js";
import { askConsent } from "./consent.js";
import { button, make, moment, node, post, reason } from "./dom.js";
import { earcon } from "./earcons.js";
import { eachLine } from "./lines.js";
import { speakNext, tell } from "./player.js";
import { speaksByItself } from "./preferences.js";
import { onView } from "./views.js";
import { fromAgent, t } from "./words.js";

let keeping = null; // what ends the keeping in progress
let undone = ""; // what bringing the last removed document back is called
const BY_USER = Symbol("cancelled");

const pagesOf = (count) => t(count === 1 ? "documents.page_one" : "documents.pages", { count });

/** Draw the list anew. */
async function listKept() {
  const reply = await fetch("/antigone/kept").catch(() => null);
  if (!reply?.ok) return;
  const { items, count, unfinished } = await reply.json();
  node("kept-count").textContent = count === 0 ? t("kept.none") : t(count === 1 ? "kept.count_one" : "kept.count", { count });
  node("kept-form").hidden = count === 0;
  const begun = unfinished.map(({ file, here, pages }) => make("li", { className: "kept" },
    make("p", { className: "hint", textContent: t("kept.unfinished", { name: file, page: here, of: pages }) })));
  node("kept-list").replaceChildren(...begun, ...items.map(item));
}

function item({ id, name, pages, added }) {
  return make("li", { className: "kept" },
    make("h4", { textContent: name }),
    make("p", { className: "hint", textContent: `${pagesOf(pages)}. ${t("memory.kept", { moment: moment(added) })}` }),
    button("files.remove", () => askRemoval(id, name), { name: "files.remove_file", values: { name } }));
}

/** Take a document of the shelf in; what was read stays when it is stopped, and goes on from there. */
export async function keep(key, name) {
  keeping?.abort(BY_USER);
  const mine = new AbortController();
  keeping = mine;
  showWork(true);
  node("kept-heading").focus();
  started(t("kept.keeping", { name }));
  try {
    let last = null;
    const reply = await fetch(`/antigone/kept/keep/${key}`, { method: "POST", signal: mine.signal });
    const failed = reply.ok
      ? await eachLine(reply, (told) => { last = told; if (told.page) showPage(told); })
      : (await reason(reply, "kept.not_kept")).text ?? t("kept.not_kept");
    if (failed) finish(mine, fromAgent(failed), "error");
    else finish(mine, t(last.how === "unchanged" ? "kept.unchanged" : "kept.done", { name: last.kept.name }));
  } catch {
    finish(mine, mine.signal.aborted ? t("kept.cancelled") : t("kept.not_kept"), mine.signal.aborted ? "" : "error");
  }
}

function showWork(on) {
  if (!on && document.activeElement === node("kept-cancel")) node("kept-heading").focus();
  node("kept-work").hidden = !on;
  node("kept-progress").removeAttribute("value");
  node("kept-state").textContent = "";
}

function showPage({ page, of }) {
  nowDoing(t("documents.page_of", { page, of }));
  [node("kept-progress").max, node("kept-progress").value] = [of, page];
  node("kept-state").textContent = t("documents.page_of", { page, of });
}

async function finish(mine, said, sound = "") {
  if (keeping !== mine) return; // another one has begun
  keeping = null;
  showWork(false);
  if (sound) earcon(sound);
  await listKept();
  ended(said);
  if (speaksByItself()) speakNext(said);
}

async function search(event) {
  event.preventDefault();
  const question = node("kept-question").value.trim();
  if (!question) return;
  started(t("kept.searching"));
  const reply = await fetch(`/antigone/kept/search?question=${encodeURIComponent(question)}`).catch(() => null);
  if (!reply?.ok) {
    const why = await reason(reply, "kept.not_searched");
    ended(why);
    return;
  }
  const { quotes, near } = await reply.json();
  const heading = quotes.length ? t(quotes.length === 1 ? "kept.found_one" : "kept.found", { count: quotes.length }) : t("kept.not_there");
  node("kept-answer").textContent = heading;
  node("kept-quotes").replaceChildren(...(quotes.length ? quotes : [near].filter(Boolean)).map((one) => quoted(one, !quotes.length)));
  node("kept-found").hidden = false;
  const said = quotes.length ? [heading, fromAgent(`${quotes[0].name}: ${quotes[0].text}`)] : heading;
  ended(said);
  if (speaksByItself()) speakNext(said);
  node("kept-answer").focus();
}

function quoted({ name, page, pages, text, heading, around }, nearest) {
  const where = pages > 1 ? `${name}, ${t("documents.page", { page })}` : name;
  return make("li", { className: "kept" },
    make("p", { className: "hint", textContent: nearest ? `${t("kept.nearest")} ${where}` : where }),
    make("blockquote", { className: "text", textContent: nearest ? around : text }),
    heading && make("p", { className: "hint", textContent: t("kept.under", { heading }) }));
}

function askRemoval(id, name) {
  const question = t("kept.ask", { name });
  if (speaksByItself()) speakNext(question);
  askConsent(question, (yes) => remove(id, name, yes));
}

async function remove(identity, name, agreed) {
  const reply = await post("/antigone/kept/remove", { identity, agreed });
  if (!reply?.ok) {
    tell(await reason(reply, "documents.not_removed"));
    return listKept();
  }
  if (!agreed) return tell(t("data.left"));
  undone = (await reply.json()).said;
  node("kept-undo").hidden = false;
  node("kept-undo").focus(); // what had the focus is gone
  await listKept();
  return tell(t("memory.deleted", { text: name }));
}

async function bringBack() {
  const reply = await post("/antigone/memory/bring-back", { said: undone });
  node("kept-undo").hidden = true;
  node("kept-heading").focus();
  await listKept();
  return tell(reply?.ok ? t("memory.back") : await reason(reply, "memory.not_back"));
}

/** Wire this part of the view. */
export function prepareKept() {
  node("kept-form").addEventListener("submit", search);
  node("kept-undo").addEventListener("click", bringBack);
  node("kept-cancel").addEventListener("click", () => { keeping?.abort(BY_USER); announce(t("kept.cancelled")); });
  onView((name) => name === "documents" && listKept());
}
