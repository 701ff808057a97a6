// Shows a notice of our own in place of the browser's error page while the program is not running.
// It answers for the page's own address and for the notice's few files; everything else passes it by, and nothing that
// belongs to a conversation is ever kept.

const CACHE = "antigone-away-1";
const FILES = ["/antigone/static/early.js", "/antigone/static/colours.css", "/antigone/static/away.css",
  "/antigone/static/away.js"];
const NOTICES = ["en", "es", "pt"].map((language) => `/antigone/away-${language}`);
const LANGUAGE = "/antigone/away-language"; // only a name in the cache: which notice to show

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll([...FILES, ...NOTICES])).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name !== CACHE) await caches.delete(name);
    await self.clients.claim();
  })());
});

/** The page tells its language when it is open, so that the notice comes in the same one. */
self.addEventListener("message", (event) => {
  const { language } = event.data ?? {};
  if (!["en", "es", "pt"].includes(language)) return;
  event.waitUntil(caches.open(CACHE).then((cache) => cache.put(LANGUAGE, new Response(language))));
});

async function notice() {
  const cache = await caches.open(CACHE);
  const language = (await (await cache.match(LANGUAGE))?.text()) ?? "en";
  return (await cache.match(`/antigone/away-${language}`)) ?? Response.error();
}

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== self.location.origin) return;
  if (event.request.mode === "navigate" && address.pathname === "/") {
    event.respondWith(fetch(event.request).catch(notice));
  } else if (FILES.includes(address.pathname)) {
    event.respondWith(fetch(event.request).catch(() => caches.match(address.pathname)));
  }
});
