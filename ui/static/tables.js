// Tables, for those who would rather look: what was read with how sure it is, and lists of reminders, timers and notes.

import { make, moment } from "./dom.js";
import { t } from "./words.js";

/** A table with a caption, a row of headings and rows of texts (or elements). It scrolls by itself when it is wide. */
export function table(caption, headings, rows) {
  const head = make("tr", {}, ...headings.map((text) => make("th", { scope: "col", textContent: text })));
  const body = rows.map((cells) => make("tr", {}, ...cells.map((cell, column) => {
    const made = make(column ? "td" : "th");
    if (!column) made.scope = "row";
    made.append(cell);
    return made;
  })));
  const made = make("table", {}, make("caption", { textContent: caption }), make("thead", {}, head), make("tbody", {}, ...body));
  const frame = make("div", { className: "wide", tabIndex: 0 }, made); // so that the keyboard can scroll it
  frame.setAttribute("role", "region");
  frame.setAttribute("aria-label", caption);
  return frame;
}

/** Never a hundred: a recogniser may be wrong however sure it is. */
const percent = (share) => t("tables.percent", { percent: Math.min(99, Math.round(share * 100)) });

/** The lines of print with how sure each is. */
export function linesTable(lines) {
  const rows = lines.map(({ text, confidence, uncertain, page }) => [
    make("span", { lang: "en", textContent: text }),
    uncertain ? t("tables.unsure", { percent: percent(confidence) }) : percent(confidence),
    String(page),
  ]);
  const pages = lines.some(({ page }) => page !== lines[0].page);
  const headings = [t("tables.line"), t("tables.sure"), ...(pages ? [t("tables.page")] : [])];
  return table(t("tables.lines"), headings, rows.map((row) => (pages ? row : row.slice(0, 2))));
}

/** The lists in a tool's result as tables; none where there is nothing tabular. */
export function resultTables(result) {
  const found = [];
  const { reminders = [], timers = [], matches = [] } = result ?? {};
  if (reminders.length > 1) {
    found.push(table(t("tables.reminders"), [t("tables.what"), t("tables.when")], reminders.map((one) => [one.text, moment(one.when)])));
  }
  if (timers.length > 1) {
    found.push(table(t("tables.timers"), [t("tables.what"), t("tables.when")], timers.map((one) => [one.name || t("memory.timer"), moment(one.ends)])));
  }
  if (matches.length > 1) {
    found.push(table(t("tables.notes"), [t("tables.what"), t("tables.when")], matches.map((one) => [one.text, moment(one.at)])));
  }
  return found;
}
