import { api, ApiError, fetchApi } from "../../lib/api";
import { at } from "../../lib/base";
import { newId } from "../../lib/id";
import { heldPages, whenSessionEnds } from "../../lib/session";
import { keep, kept } from "../../lib/storage";
import { messageOf } from "../../ui/States";
import { photos, type Photo } from "./store";

/** Queue is what this device still has to send. */
export interface Queue {
  /** False until the device's storage was read. */
  loaded: boolean;
  photos: Photo[];
  /** Pages that the server has acknowledged since the room was opened. */
  sent: number;
  /** The server cannot be reached. */
  offline: boolean;
  /** This device could not keep a page, which is in memory alone. */
  unkept: boolean;
  /** The pages are from before a sign-out; they wait for the person to say that they are theirs. */
  held: boolean;
  error: string;
}

let queue: Queue = { loaded: false, photos: [], sent: 0, offline: false, unkept: false, held: kept(heldPages) === "yes", error: "" };
let sending = false;
let wait = 0;
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();
const arrived = new Set<() => void>();
const known = new Set<string>(); // notebooks that the server has

// A page that only this page's memory has is lost with it: the browser asks first.
const ask = (event: Event) => event.preventDefault();

function set(change: Partial<Queue>) {
  queue = { ...queue, ...change };
  if (queue.unkept && queue.photos.length > 0) addEventListener("beforeunload", ask);
  else removeEventListener("beforeunload", ask);
  for (const listener of listeners) listener();
}

const patch = (key: string, change: Partial<Photo>) => set({ photos: queue.photos.map((photo) => (photo.key === key ? { ...photo, ...change } : photo)) });

/** The notebook that pages are added to on this device, and what is said of it. */
export const current = {
  id: () => kept("notebook.id"),
  private: () => kept("notebook.private") === "yes",
  begin(isPrivate: boolean) {
    const id = newId();
    keep("notebook.id", id);
    keep("notebook.position", null);
    keep("notebook.private", isPrivate ? "yes" : null);
    return id;
  },
  choose(id: string | null, isPrivate: boolean, pages: number) {
    keep("notebook.id", id);
    keep("notebook.private", isPrivate ? "yes" : null);
    keep("notebook.position", String(pages * 1000));
  },
};

function nextPosition(): number {
  const next = Math.max(Number(kept("notebook.position") ?? 0) || 0, ...queue.photos.map((photo) => photo.position)) + 1;
  keep("notebook.position", String(next));
  return next;
}

export const pages = {
  subscribe(listener: () => void) {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  },
  snapshot: () => queue,

  /** Calls back when the server has acknowledged a page. */
  onArrival(run: () => void) {
    arrived.add(run);
    return () => void arrived.delete(run);
  },

  /** Reads what the device kept, and goes on sending it. */
  async load() {
    if (queue.loaded) {
      if (!queue.held) keep(heldPages, null);
      return;
    }
    if (kept(heldPages) === "yes") set({ held: true }); // signed in since this script was loaded
    try {
      const all = await photos.all();
      const have = new Set(queue.photos.map((photo) => photo.key));
      set({ loaded: true, photos: [...all.filter((photo) => !have.has(photo.key)), ...queue.photos].sort((a, b) => a.position - b.position) });
    } catch {
      set({ loaded: true, unkept: true });
    }
    if (queue.held && queue.photos.length === 0) pages.release();
    else void send();
  },

  /** Adds a page behind the others; it resolves once the device keeps it. */
  async add(notebook: string, blob: Blob, name: string) {
    const photo: Photo = { key: newId(), notebook, private: current.private(), position: nextPosition(), name, blob, refused: "" };
    try {
      await photos.put(photo);
    } catch {
      set({ unkept: true });
    }
    set({ photos: [...queue.photos, photo] });
    void send();
  },

  /** Adds files in the order of their names, as cameras and scanners number them. */
  async addFiles(notebook: string, files: Iterable<File>) {
    const sorted = [...files].sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
    for (const file of sorted) await pages.add(notebook, file, file.name);
  },

  async drop(key: string) {
    await photos.remove(key).catch(() => {});
    set({ photos: queue.photos.filter((photo) => photo.key !== key) });
  },

  async dropAll(notebook: string) {
    for (const photo of queue.photos.filter((photo) => photo.notebook === notebook)) await pages.drop(photo.key);
  },

  /** The person says that pages from before a sign-out are theirs. */
  release() {
    keep(heldPages, null);
    set({ held: false });
    void send();
  },

  retry() {
    wait = 0;
    void send();
  },
};

/** send sends what waits, one page after the other, until all is acknowledged or the server is away. */
async function send() {
  clearTimeout(timer);
  if (sending || queue.held) return;
  sending = true;
  for (let photo = next(); photo; photo = next()) {
    try {
      await sendOne(photo);
      wait = 0;
      set({ offline: false, error: "", sent: queue.sent + 1, photos: queue.photos.filter((other) => other.key !== photo.key) });
      for (const run of arrived) run();
    } catch (error) {
      const status = error instanceof ApiError ? error.status : 0;
      if ([400, 404, 409, 413, 422].includes(status)) {
        const refused = { ...photo, refused: messageOf(error) };
        await photos.put(refused).catch(() => {});
        patch(photo.key, refused);
        continue;
      }
      set({ offline: status === 0, error: status === 0 ? "" : messageOf(error) });
      wait = Math.min(wait * 2 || 1000, 30_000);
      timer = setTimeout(() => void send(), wait);
      break;
    }
  }
  sending = false;
}

const next = () => (queue.held ? undefined : queue.photos.find((photo) => !photo.refused));

async function sendOne(photo: Photo) {
  if (!known.has(photo.notebook)) {
    const there = await fetchApi(at(`/notebooks/${photo.notebook}`)).then(
      () => true,
      (error: unknown) => {
        if (error instanceof ApiError && error.status === 404) return false;
        throw error;
      },
    );
    if (!there) await api.PUT("/notebooks/{id}", { params: { path: { id: photo.notebook } }, body: { private: photo.private || (photo.notebook === current.id() && current.private()) } });
    known.add(photo.notebook);
  }
  const query = new URLSearchParams({ name: photo.name, position: String(photo.position) });
  await fetchApi(at(`/notebooks/${photo.notebook}/files/${photo.key}?${query}`), { method: "PUT", body: photo.blob, headers: { "Content-Type": "application/octet-stream" } });
  await photos.remove(photo.key).catch(() => {}); // sent again, it is the same page
}

addEventListener("online", () => pages.retry());
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && pages.retry());

// Whoever signs in next may be somebody else.
whenSessionEnds(() => {
  known.clear();
  keep("notebook.id", null);
  if (queue.photos.length > 0) keep(heldPages, "yes");
  set({ held: queue.photos.length > 0, sent: 0 });
});
