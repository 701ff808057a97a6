// What is remembered: reminders, timers, routines, facts and notes, under headings or as a table. Each can be deleted after a
// question, and brought back.

import { askConsent } from "./consent.js";
import { announce } from "./announce.js";
import { prepareAudit } from "./audit.js";
import { button, make, moment, node, post, reason } from "./dom.js";
import { speakNext, tell } from "./player.js";
import { speaksByItself } from "./preferences.js";
import { table } from "./tables.js";
import { onView } from "./views.js";
import { t } from "./words.js";

const KINDS = ["reminder", "timer", "routine", "note", "fact"];
const PAUSE_MS = 400; // after the last key in the search box
let undone = ""; // what bringing the last deleted item back is called
let latest = 0; // a slower answer to an older question is not shown

const nameOf = ({ kind, text }) => text || t(`memory.${kind}`);

/** Draw what the search box asks for; `say` how many there are. */
export async function listMemory({ say = false } = {}) {
  const mine = (latest += 1);
  const query = node("memory-search").value.trim();
  const reply = await fetch(`/antigone/memory?query=${encodeURIComponent(query)}`).catch(() => null);
  if (mine !== latest) return;
  if (!reply?.ok) return tell(await reason(reply, "memory.not_shown"));
  const { items, more } = await reply.json();
  const asTable = node("memory-as-table").getAttribute("aria-pressed") === "true";
  node("memory-list").replaceChildren(...(asTable ? [asRows(items)] : lists(items)));
  const kind = query ? "memory.found" : "memory.count";
  const count = t(items.length === 1 ? `${kind}_one` : kind, { count: items.length });
  node("memory-count").textContent = items.length ? `${count}${more ? ` ${t("memory.more")}` : ""}` : t(query ? "memory.none_found" : "memory.none");
  if (say) announce(node("memory-count").textContent);
}

function lists(items) {
  return KINDS.filter((kind) => items.some((one) => one.kind === kind)).map((kind) => {
    const own = items.filter((one) => one.kind === kind);
    const heading = make("h3", { textContent: `${t(`memory.${kind}s`)}, ${own.length}`, tabIndex: -1 });
    return make("section", {}, heading, make("ul", { className: "plain" }, ...own.map((one) => make("li", { className: "kept" },
      make("p", { className: "text", textContent: nameOf(one) }),
      make("p", { className: "hint", textContent: when(one) }),
      deleteButton(one)))));
  });
}

/** When it is due, or since when it is kept, and where it comes from. */
function when({ kind, at, source = "" }) {
  const name = source.replace(/^document /, "");
  if (name !== source) return t("memory.from_document", { moment: moment(at), name });
  const key = { reminder: "memory.due", timer: "memory.due", fact: source === "said" ? "memory.said" : "memory.kept" }[kind];
  return t(key ?? "memory.kept", { moment: moment(at) });
}

function asRows(items) {
  const headings = [t("memory.what"), t("memory.kind"), t("memory.when"), t("memory.delete")];
  return table(t("memory.heading"), headings, items.map((one) => [nameOf(one), t(`memory.${one.kind}`), moment(one.at), deleteButton(one)]));
}

function deleteButton(one) {
  const run = () => {
    const question = t("memory.ask", { kind: t(`memory.${one.kind}`), text: nameOf(one) });
    if (speaksByItself()) speakNext(question);
    askConsent(question, (yes) => forget(one, yes));
  };
  return button("memory.delete", run, { name: "memory.delete_it", values: { text: nameOf(one).slice(0, 80) } });
}

async function forget(one, agreed) {
  const reply = await post("/antigone/memory/forget", { kind: one.kind, identity: one.id, agreed });
  if (!reply?.ok) {
    tell(await reason(reply, "memory.not_deleted"));
    return listMemory();
  }
  if (!agreed) return tell(t("data.left"));
  undone = (await reply.json()).said;
  node("memory-undo").hidden = false;
  node("memory-undo").focus(); // what had the focus is gone
  await listMemory();
  return tell(t("memory.deleted", { text: nameOf(one).slice(0, 80) }));
}

async function bringBack() {
  const reply = await post("/antigone/memory/bring-back", { said: undone });
  node("memory-undo").hidden = true;
  node("memory-heading").focus();
  await listMemory();
  return tell(reply?.ok ? t("memory.back") : await reason(reply, "memory.not_back"));
}

/** Wire the view. */
export function prepareMemory() {
  let pause = null;
  node("memory-search").addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(() => listMemory({ say: true }), PAUSE_MS);
  });
  node("memory-as-table").addEventListener("click", ({ currentTarget: toggle }) => {
    toggle.setAttribute("aria-pressed", String(toggle.getAttribute("aria-pressed") !== "true"));
    listMemory({ say: true });
  });
  node("memory-undo").addEventListener("click", bringBack);
  prepareAudit();
  onView((name) => name === "memory" && listMemory({ say: true }));
}
