// The service worker keeps the shell: the page and its own files, so that the
// app opens without a network. What the API says is never kept: it is a diary.
const version = "__VERSION__";
const files = ["__FILES__"];
const cacheName = `shell-${version}`;
const page = "/";

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches.open(cacheName).then((cache) => cache.addAll([page, ...files, "/manifest.webmanifest", "/favicon.svg"])).then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== cacheName).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate" && (url.pathname === "/" || url.pathname.startsWith("/app/") || url.pathname === "/app")) {
    event.respondWith(fetch(request).catch(() => caches.match(page, { cacheName })));
  } else if (url.pathname.startsWith("/assets/") || url.pathname === "/manifest.webmanifest" || url.pathname === "/favicon.svg") {
    event.respondWith(caches.match(request, { cacheName }).then((kept) => kept ?? fetch(request)));
  }
});
