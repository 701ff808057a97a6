// The page's views: one is shown at a time, chosen by a link of the navigation, a shortcut or the address's hash.
// Focus goes to the view's heading, so that a screen reader says where one is and reading goes on from there.

import { t } from "./words.js";

export const VIEWS = ["conversation", "pictures", "documents", "memory", "settings", "help"];
const whenShown = [];
let shown = "conversation";

const section = (name) => document.getElementById(`${name}-view`);
const heading = (name) => document.getElementById(`${name}-heading`);

/** The view that is shown. */
export const view = () => shown;

/** Called with the view's name each time another one is shown. */
export function onView(listener) {
  whenShown.push(listener);
}

/** Show a view; its heading gets the focus unless something in it will. */
export function showView(name, { focus = true } = {}) {
  const changed = name !== shown;
  shown = name;
  for (const each of VIEWS) {
    section(each).hidden = each !== name;
    const frame = section(each).closest(".block"); // Gradio's, which would leave a gap
    if (frame) frame.hidden = each !== name;
  }
  for (const link of document.querySelectorAll("#views a")) {
    if (link.dataset.view === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = name === "conversation" ? "Antigone" : `${t(`views.${name}`)} – Antigone`;
  if (location.hash !== `#${name}-view` && (changed || location.hash)) history.replaceState(null, "", `#${name}-view`);
  if (changed) whenShown.forEach((listener) => listener(name));
  if (focus) heading(name).focus();
}

/** Where focus goes when what had it has left the page. */
export const headingOfView = () => heading(shown);

/** Follow the links and the address. */
export function prepareViews() {
  const named = () => VIEWS.find((name) => location.hash === `#${name}-view`);
  document.getElementById("views").addEventListener("click", (event) => {
    const link = event.target.closest("a[data-view]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    history.pushState(null, "", link.hash);
    showView(link.dataset.view);
  });
  addEventListener("popstate", () => showView(named() ?? "conversation"));
  showView(named() ?? "conversation", { focus: Boolean(named()) && named() !== "conversation" });
}
