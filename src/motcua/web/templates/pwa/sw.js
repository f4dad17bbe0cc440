/* The service worker of {{ code }}: static files and the offline page; no personal page except a follow page whose
   reader asked to keep it. */
const VERSION = "{{ version }}";
const SHELL = "motcua-shell-" + VERSION;
const KEPT = "motcua-kept";
const OFFLINE = "{{ offline }}";
const FILES = {{ files|safe }};

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(SHELL).then((cache) => cache.addAll(FILES)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys())
      if (name.startsWith("motcua-shell-") && name !== SHELL) await caches.delete(name);
    await self.clients.claim();
  })());
});

self.addEventListener("fetch", (event) => {
  const { request } = event, url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(request, url));
  else if (FILES.some((kept) => kept.split("?")[0] === url.pathname)) event.respondWith(file(request));
});

async function page(request, url) {
  try {
    return await fetch(request);
  } catch (gone) {
    const kept = await (await caches.open(KEPT)).match(url.pathname);
    return kept || (await (await caches.open(SHELL)).match(OFFLINE)) || Response.error();
  }
}

async function file(request) {
  const cache = await caches.open(SHELL);
  return (await cache.match(request)) || fetch(request).catch(() => cache.match(request, { ignoreSearch: true }));
}
