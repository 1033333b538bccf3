// The service worker keeps the shell: the page and its own files, so that the
// app opens without a network. What the API says is never kept: it is a diary.
const version = "__VERSION__";
// Daybook may be served below a path, and other programs beside it.
const page = new URL(".", self.location.href).pathname;
const files = ["__FILES__"].map((name) => page + name);
const cacheName = `shell-${page}-${version}`;
const isOurs = (name) => name.startsWith(`shell-${page}-`) || (page === "/" && /^shell-[0-9a-f]+$/.test(name));
const isPage = (path) => path === page || path === `${page}app` || path.startsWith(`${page}app/`);
const isFile = (path) => path.startsWith(`${page}assets/`) || path === `${page}manifest.webmanifest` || path === `${page}favicon.svg`;

// The server's files are the same whoever asks, but it says that they vary by
// origin, which scripts are asked for with and cache.addAll does not send.
const kept = (request) => caches.match(request, { cacheName, ignoreVary: true });

// What changes something goes straight to the server where a browser can be
// told so: a request sent as its page is left would wait for this worker's word
// on it, and be lost with the page (a deletion, and the last words typed).
const straight = ["POST", "PUT", "PATCH", "DELETE"].map((requestMethod) => ({ condition: { requestMethod }, source: "network" }));

self.addEventListener("install", (event) => {
  if (event.addRoutes) event.waitUntil(event.addRoutes(straight).catch(() => {}));
  event.waitUntil(
    caches.open(cacheName).then((cache) => cache.addAll([page, ...files, `${page}manifest.webmanifest`, `${page}favicon.svg`])).then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => isOurs(name) && name !== cacheName).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate" && request.destination === "document" && isPage(url.pathname)) {
    // Sent by this worker, the request of a link on another page would not look
    // like one of a person who follows it, and be refused; the page is the same.
    event.respondWith(fetch(request.url, { cache: request.cache, redirect: "manual" }).catch(() => kept(page)));
  } else if (isFile(url.pathname)) {
    event.respondWith(kept(request).then((answer) => answer ?? fetch(request)));
  }
});
