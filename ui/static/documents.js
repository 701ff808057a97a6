// The shelf of documents: added, listed, read page by page with progress, asked about, removed.

import { nowDoing, started, ended, showState } from "./announce.js";
import { button, make, node, reason } from "./dom.js";
import { keep, prepareKept } from "./documents_kept.js";
import { earcon } from "./earcons.js";
import { addDocuments, chooser } from "./files.js";
import { eachLine } from "./lines.js";
import { hush, speakNext, tell } from "./player.js";
import { speaksByItself } from "./preferences.js";
import { table } from "./tables.js";
import { onView } from "./views.js";
import { fromAgent, t } from "./words.js";

let reading = null; // what ends the reading in progress
const BY_USER = Symbol("cancelled");

const pagesOf = (count) => t(count === 1 ? "documents.page_one" : "documents.pages", { count });

/** Draw the list anew; focus stays where it was if that is still there. */
export async function listDocuments() {
  const reply = await fetch("/antigone/documents").catch(() => null);
  if (!reply?.ok) return;
  const all = await reply.json();
  node("documents-none").hidden = all.length > 0;
  node("documents-list").replaceChildren(...all.map(item));
}

function item({ key, name, pages, pdf }) {
  const values = { name };
  return make("li", { className: "kept", id: `document-${key}` },
    make("h3", { textContent: name, tabIndex: -1 }),
    make("p", { className: "hint", textContent: `${t(pdf ? "documents.pdf" : "documents.text")}, ${pagesOf(pages)}` }),
    make("div", { className: "row" },
      button("documents.read", () => read(key, name, pages), { name: "documents.read_it", values }),
      button("documents.ask", () => askAbout(key, name), { name: "documents.ask_it", values }),
      button("kept.keep", () => keep(key, name), { name: "kept.keep_it", values }),
      button("files.remove", () => remove(key, name), { name: "files.remove_file", values })));
}

async function take(files) {
  if (!(await addDocuments(files))) return;
  await listDocuments();
  tell(t("documents.added", { name: files.at(-1).name }));
  node("documents-list").lastElementChild?.querySelector("h3").focus();
}

let ask = () => null; // goes to the message box

async function askAbout(key, name) {
  const reply = await fetch(`/antigone/documents/${key}/attach`, { method: "POST" }).catch(() => null);
  if (!reply?.ok) return tell(await reason(reply, "files.not_added"));
  ask(name);
}

async function remove(key, name) {
  const reply = await fetch(`/antigone/documents/${key}`, { method: "DELETE" }).catch(() => null);
  if (!reply?.ok) return tell(await reason(reply, "documents.not_removed"));
  if (reading?.key === key) cancel();
  await listDocuments();
  tell(t("files.removed", { name }));
  node("documents-add").focus();
}

/** Stop reading; what was read stays. True if there was something to stop. */
export function cancel() {
  if (!reading) return false;
  reading.abort.abort(BY_USER);
  return true;
}

async function read(key, name, count) {
  cancel();
  hush();
  const mine = { key, abort: new AbortController() };
  reading = mine;
  openReading(name, count);
  started(t("documents.reading", { name, pages: pagesOf(count) }));
  try {
    const failed = await follow(key, mine.abort.signal, (page) => showPage(page, name));
    if (failed) throw new Error(failed);
    finish(mine, t("documents.done", { name, pages: pagesOf(count) }));
  } catch (error) {
    if (error === BY_USER || mine.abort.signal.aborted) finish(mine, t("documents.cancelled"));
    else {
      earcon("error");
      finish(mine, error instanceof TypeError ? t("documents.not_read") : fromAgent(error.message));
    }
  }
}

function openReading(name, count) {
  node("reading").hidden = false;
  node("reading-heading").textContent = t("documents.reading_heading", { name });
  node("reading-pages").replaceChildren();
  const bar = node("reading-progress");
  [bar.max, bar.value, bar.hidden] = [count, 0, false];
  node("reading-state").textContent = pagesOf(count);
  node("reading-cancel").hidden = false;
  node("reading-heading").focus();
}

function finish(mine, said) {
  if (reading !== mine) return; // another one has begun
  reading = null;
  node("reading-progress").hidden = true;
  node("reading-state").textContent = typeof said === "string" ? said : said.text;
  if (document.activeElement === node("reading-cancel")) node("reading-heading").focus();
  node("reading-cancel").hidden = true;
  ended(said);
  showState(t("page.ready"));
}

/** Each page as it comes; a sentence if reading failed. Fetching throws when it was cancelled. */
async function follow(key, signal, onPage) {
  const reply = await fetch(`/antigone/documents/${key}/pages`, { signal });
  if (!reply.ok) return (await reason(reply, "documents.not_read")).text ?? t("documents.not_read");
  return eachLine(reply, onPage);
}

function showPage({ page, of, lines, hints }, name) {
  nowDoing(t("documents.page_of", { page, of }));
  node("reading-progress").value = page;
  node("reading-state").textContent = t("documents.page_of", { page, of });
  const title = make("h4", { textContent: t("documents.page", { page }), tabIndex: -1 });
  const shown = /\.csv$/i.test(name) ? [csv(lines, page)] : paragraphs(lines);
  if (!lines.length) shown.push(make("p", { className: "hint", textContent: t("documents.no_print") }));
  shown.push(...hints.map((hint) => make("p", { className: "hint", lang: "en", textContent: hint })));
  node("reading-pages").append(make("section", { className: "page" }, title, ...shown));
  if (speaksByItself() && lines.length) speakNext(fromAgent(lines.map(({ text }) => text).join("\n")));
}

function paragraphs(lines) {
  const groups = Map.groupBy ? Map.groupBy(lines, (line) => line.paragraph) : new Map([[1, lines]]);
  return [...groups.values()].map((group) => make("p", { className: "text" }, ...group.flatMap((line, at) => [
    at ? "\n" : "", line.unsure ? make("mark", { textContent: line.text, title: t("documents.unsure") }) : line.text,
    line.unsure ? make("span", { className: "only-heard", textContent: ` (${t("documents.unsure")})` }) : "",
  ])));
}

function csv(lines, page) {
  const rows = lines.map(({ text }) => cells(text));
  return table(t("documents.table", { page }), rows[0] ?? [], rows.slice(1));
}

/** The cells of a line of comma-separated values; quotes around a cell may hold commas (RFC 4180). */
export function cells(line) {
  const separator = line.includes(";") && !line.includes(",") ? ";" : ",";
  const found = [];
  for (let at = 0; at <= line.length;) {
    if (line[at] === '"') {
      let end = at + 1;
      while (end < line.length && (line[end] !== '"' || line[end + 1] === '"')) end += line[end] === '"' ? 2 : 1;
      found.push(line.slice(at + 1, end).replaceAll('""', '"'));
      at = end + 1;
    } else {
      const end = line.indexOf(separator, at);
      found.push(line.slice(at, end < 0 ? line.length : end).trim());
      at = end < 0 ? line.length : end;
    }
    at += 1;
  }
  return found;
}

/** Wire the view; `about` is told a document's name when it goes with the next message. */
export function prepareDocuments(about) {
  ask = about;
  chooser("documents-add", "documents-file", take);
  node("reading-cancel").addEventListener("click", () => { hush(); cancel(); });
  prepareKept();
  onView((name) => name === "documents" && listDocuments());
}

export { take as takeDocuments };
