// Keeps the page's own files, so that it opens without its server. What the server puts in front of this file says which they
// are: const version, and const files, with addresses relative to this script.
"use strict";

const cacheName = `lorica-${version}`;
const patience = 1500; // milliseconds that the server has for the page when there is one to fall back on

const address = (file) => new URL(file, self.location.href).href;
const kept = new Set(files.map(address));
const index = address("./");

self.addEventListener("install", (event) => {
  const store = async () => {
    const cache = await caches.open(cacheName);
    await cache.addAll(files.map((file) => new Request(address(file), { cache: file === "./" ? "no-cache" : "default" })));
    await self.skipWaiting();
  };
  event.waitUntil(store());
});

self.addEventListener("activate", (event) => {
  const clean = async () => {
    for (const name of await caches.keys()) if (name.startsWith("lorica-") && name !== cacheName) await caches.delete(name);
    await self.clients.claim();
  };
  event.waitUntil(clean());
});

/** The page as the server has it now, or as it was if the server does not answer. */
async function page(request) {
  const cached = await caches.match(index, { cacheName });
  if (!cached) return fetch(request);
  try {
    return await fetch(request, { signal: AbortSignal.timeout(patience) });
  } catch {
    return cached;
  }
}

/** A file that never changes, since its address has its digest. */
async function file(request) {
  return (await caches.match(request, { cacheName })) ?? fetch(request);
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  const plain = request.url.split(/[?#]/)[0];
  if (request.mode === "navigate" && plain === index) event.respondWith(page(request));
  else if (kept.has(plain)) event.respondWith(file(request));
});
