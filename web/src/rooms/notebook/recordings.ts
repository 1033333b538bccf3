import { api, ApiError, fetchApi, type Schemas } from "../../lib/api";
import { at } from "../../lib/base";
import { notesChanged } from "../../lib/entries";
import { heldRecordings, whenSessionEnds } from "../../lib/session";
import { keep, kept } from "../../lib/storage";
import { messageOf } from "../../ui/States";
import { sounds, type Sound } from "./store";
import { words } from "./words";

export type Recorded = Schemas["RecordedJSON"];

/**
 * Where a recording is: on this device (kept, refused), on its way (sending), in the journal (saved) and on its way to become words
 * (transcribing, done, failed).
 */
export type Stage = "kept" | "refused" | "sending" | "saved" | "transcribing" | "done" | "failed";

export interface Item {
  sound: Sound;
  stage: Stage;
  error: string;
}

/** Recordings are what this device still has to send, to have transcribed or to tell. */
export interface Recordings {
  loaded: boolean;
  items: Item[];
  offline: boolean;
  /** This device could not keep a recording, which is in memory alone. */
  unkept: boolean;
  /** They are from before a sign-out, and wait for the person to say that they are theirs. */
  held: boolean;
}

let state: Recordings = { loaded: false, items: [], offline: false, unkept: false, held: kept(heldRecordings) === "yes" };
let working = false;
let wait = 0;
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

const pending = (item: Item) => item.stage === "kept" || item.stage === "refused" || item.stage === "sending";

// A recording that only this page's memory has is lost with it: the browser asks first.
const ask = (event: Event) => event.preventDefault();

function set(change: Partial<Recordings>) {
  state = { ...state, ...change };
  if (state.unkept && state.items.some(pending)) addEventListener("beforeunload", ask);
  else removeEventListener("beforeunload", ask);
  for (const listener of listeners) listener();
}

const patch = (key: string, change: Partial<Item>) => set({ items: state.items.map((item) => (item.sound.key === key ? { ...item, ...change } : item)) });

/** store keeps what is known of a recording on this device, so that a reload knows it too. */
async function store(sound: Sound) {
  patch(sound.key, { sound });
  await sounds.put(sound).catch(() => set({ unkept: true }));
}

/** stageOf is where a recording was when the page went away. One that was being transcribed may be or not: it is not asked for twice. */
function stageOf({ recorded, failed, refused }: Sound): Stage {
  if (!recorded) return refused ? "refused" : "kept";
  return failed ? "failed" : "saved";
}

export const recordings = {
  subscribe(listener: () => void) {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  },
  snapshot: () => state,

  /** Reads what the device kept, and goes on with it. */
  async load() {
    if (state.loaded) {
      if (!state.held) keep(heldRecordings, null);
      return;
    }
    if (kept(heldRecordings) === "yes") set({ held: true }); // signed in since this script was loaded
    try {
      const all = await sounds.all();
      const have = new Set(state.items.map((item) => item.sound.key));
      const items = all.filter((sound) => !have.has(sound.key)).map((sound): Item => ({ sound, stage: stageOf(sound), error: sound.failed ?? sound.refused ?? "" }));
      items.sort((a, b) => a.sound.at.localeCompare(b.sound.at));
      set({ loaded: true, items: [...items, ...state.items] });
    } catch {
      set({ loaded: true });
    }
    if (state.held && state.items.length === 0) recordings.release();
    else void work();
  },

  /** Adds a recording; it resolves once the device keeps it. */
  async add(sound: Sound) {
    set({ items: [...state.items, { sound, stage: "kept", error: "" }] });
    await store(sound);
    void work();
  },

  /** Does once more what failed. */
  async again(key: string) {
    const item = state.items.find((item) => item.sound.key === key);
    if (!item) return;
    await store({ ...item.sound, failed: undefined, refused: undefined });
    patch(key, { stage: item.sound.recorded ? "saved" : "kept", error: "" });
    wait = 0;
    void work();
  },

  /** Forgets a recording on this device. */
  async drop(key: string) {
    await sounds.remove(key).catch(() => {});
    set({ items: state.items.filter((item) => item.sound.key !== key) });
  },

  /** The person says that recordings from before a sign-out are theirs. */
  release() {
    keep(heldRecordings, null);
    set({ held: false });
    void work();
  },

  retry() {
    wait = 0;
    void work();
  },
};

const next = () => (state.held ? undefined : state.items.find(({ stage, sound }) => stage === "kept" || (stage === "saved" && sound.recorded?.reads)));

/** work sends and has transcribed what waits, one after the other, until all is done or the server is away. */
async function work() {
  clearTimeout(timer);
  if (working || state.held) return;
  working = true;
  for (let item = next(); item; item = next()) {
    try {
      await (item.sound.recorded ? transcribe(item.sound, item.sound.recorded) : send(item.sound));
      wait = 0;
      set({ offline: false });
    } catch (error) {
      const { key, recorded } = item.sound;
      const status = error instanceof ApiError ? error.status : 0;
      if (status === 0 || status === 401) {
        await store({ ...item.sound, failed: undefined });
        patch(key, { stage: recorded ? "saved" : "kept" });
        set({ offline: status === 0 });
        wait = Math.min(wait * 2 || 1000, 30_000);
        timer = setTimeout(() => void work(), wait);
        break;
      }
      const message = messageOf(error);
      await store({ ...item.sound, ...(recorded ? { failed: message } : { refused: message }) });
      patch(key, { stage: recorded ? "failed" : "refused", error: message });
    }
  }
  working = false;
}

async function send(sound: Sound) {
  patch(sound.key, { stage: "sending", error: "" });
  const query = new URLSearchParams({ at: sound.at, private: String(sound.private) });
  const answer = await fetchApi(at(`/recordings?${query}`), { method: "POST", body: sound.blob, headers: { "Content-Type": "application/octet-stream" } });
  const recorded = (await answer.json()) as Recorded;
  // The journal has it now: the device keeps only that its words are still to come.
  if (recorded.reads) await store({ ...sound, blob: new Blob([]), recorded });
  else await sounds.remove(sound.key).catch(() => {});
  patch(sound.key, { sound: { ...sound, recorded }, stage: "saved" });
  notesChanged();
}

async function transcribe(sound: Sound, recorded: Recorded) {
  // Until the answer is there, this is what a reload tells.
  await store({ ...sound, failed: words.recorder.interrupted });
  patch(sound.key, { stage: "transcribing", error: "" });
  await api.POST("/entries/{id}/recordings/transcribe", { params: { path: { id: recorded.entry } }, body: { name: recorded.name } });
  await sounds.remove(sound.key).catch(() => {});
  patch(sound.key, { stage: "done" });
  notesChanged();
}

addEventListener("online", () => recordings.retry());
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && recordings.retry());

// Whoever signs in next may be somebody else.
whenSessionEnds(() => {
  if (state.items.some(pending)) keep(heldRecordings, "yes");
  set({ held: state.items.some(pending) });
});
