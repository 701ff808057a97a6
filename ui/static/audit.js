// The record of what was done: the newest entries, fetched when it is opened.

import { fromAgent, t, write } from "./words.js";
import { make, moment, node, reason } from "./dom.js";
import { tell } from "./player.js";

const KEYS = {
  request: "audit.request",
  tool: "audit.tool",
  "consent asked": "audit.asked",
  "consent given": "audit.given",
  "consent refused": "audit.refused",
  outside: "audit.outside",
  "forgotten for good": "audit.forgotten",
};
const STATUS = { done: "audit.done", nothing: "audit.nothing", failed: "audit.failed", refused: "audit.not_run" };

/** What one entry says, in the page's language; kinds without a sentence of their own keep their name. */
function says({ kind, tool, status, host, text, characters }) {
  const words = text ? `“${text}”` : t("audit.characters", { count: characters });
  if (!(kind in KEYS)) return [fromAgent(kind)];
  return [t(KEYS[kind], { tool, status: status in STATUS ? t(STATUS[status]) : status, host, words })];
}

function row(entry) {
  const what = make("p", { className: "text" });
  write(what, says(entry));
  return make("li", { className: "kept" }, what, make("p", { className: "hint", textContent: `${entry.id}. ${moment(entry.at)}` }));
}

async function show() {
  const reply = await fetch("/antigone/memory/audit").catch(() => null);
  if (!reply?.ok) return tell(await reason(reply, "audit.not_shown"));
  const { count, first_bad: bad, entries } = await reply.json();
  const state = bad === null ? t(count === 1 ? "audit.whole_one" : "audit.whole", { count }) : t("audit.broken", { entry: bad });
  node("audit-state").textContent = state;
  node("audit-list").replaceChildren(...entries.map(row));
  return tell(state);
}

/** Wire the part. */
export function prepareAudit() {
  node("audit").addEventListener("toggle", ({ currentTarget }) => currentTarget.open && show());
}
