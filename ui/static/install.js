// The page as an installed application: a notice of ours, in the page's language, while the program is not running.

import { language } from "./words.js";

/** Register the service worker (away-worker.js); a browser that has none, or may not, does without. */
export async function prepareInstall() {
  try {
    await navigator.serviceWorker.register("/antigone/away.js", { scope: "/" });
    (await navigator.serviceWorker.ready).active.postMessage({ language });
  } catch {
    // private windows and old browsers: the browser's own error page has to do
  }
}
