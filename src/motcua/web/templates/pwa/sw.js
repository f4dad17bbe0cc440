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

self.addEventListener("push", (event) => {
  let told = {};
  try { told = event.data.json(); } catch { /* not ours: shown without words */ }
  const address = /https?:\/\/\S+/.exec(told.body || "");
  const own = address && new URL(address[0].replace(/[.,;]+$/, ""));
  event.waitUntil(self.registration.showNotification(told.title || "{{ name|escapejs }}", {
    body: told.body || "", tag: told.id || "", icon: "{{ icon }}", badge: "{{ badge }}", lang: "{{ language }}",
    data: own && own.host === location.host ? own.pathname : "{{ mine }}",
  }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil((async () => {
    const path = event.notification.data || "/";
    for (const open of await self.clients.matchAll({ type: "window" }))
      if (new URL(open.url).pathname === path) return open.focus();
    return self.clients.openWindow(path);
  })());
});
