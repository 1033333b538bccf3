import { dayOfName } from "../../lib/dates";
import { largest, uploadPage, type Uploaded } from "../../lib/upload";
import { messageOf } from "../../ui/States";
import { words } from "./words";

/** Where the day of a page comes from, before it is sent. */
export type DayFrom = "name" | "camera" | "today" | "you";

/** Item is a page that is to be added, or was. */
export interface Item {
  id: number;
  name: string;
  /** Its picture, where this browser can show it. */
  url: string;
  day: string | null;
  dayFrom: DayFrom;
  phase: "ready" | "waiting" | "sending" | "sent" | "refused";
  /** How much of it is sent, from 0 to 1. */
  part: number;
  error: string | null;
  /** Whatever its day, it cannot be sent. */
  hopeless: boolean;
  result: Uploaded | null;
}

let items: Item[] = [];
let next = 1;
let sending = false;
const files = new Map<number, File>();
const listeners = new Set<() => void>();

// What is not sent is lost with the page: the browser asks whoever leaves it.
const ask = (event: Event) => event.preventDefault();

function set(change: (was: Item[]) => Item[]) {
  items = change(items);
  if (items.some(({ phase, hopeless }) => phase !== "sent" && !hopeless)) addEventListener("beforeunload", ask);
  else removeEventListener("beforeunload", ask);
  for (const listener of listeners) listener();
}

const patch = (id: number, change: Partial<Item>) => set((was) => was.map((item) => (item.id === id ? { ...item, ...change } : item)));

// What is being sent goes on while one looks at other rooms.
export const uploads = {
  subscribe: (listener: () => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  },
  snapshot: () => items,

  /** Adds files that were chosen; `day` is the day they are for where that is known. */
  add(chosen: Iterable<File>, day: string | null, dayFrom: DayFrom) {
    const sorted = [...chosen].sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
    const added = sorted.map((file): Item => {
      const id = next++;
      const named = dayOfName(file.name.replace(/\.[^.]*$/, ""));
      const refused = file.size > largest ? words.uploads.largerThanMb(largest >> 20) : file.size === 0 ? words.uploads.fileEmpty : null;
      files.set(id, file);
      return {
        id, name: file.name, url: URL.createObjectURL(file),
        day: day ?? named, dayFrom: day ? dayFrom : named ? "name" : "camera",
        phase: refused ? "refused" : "ready", part: 0, error: refused, hopeless: refused !== null, result: null,
      };
    });
    set((was) => [...was, ...added]);
  },

  setDay(id: number, day: string | null) {
    patch(id, { day, dayFrom: day ? "you" : "camera" });
  },

  /** The day for all that are not sent. */
  setDays(day: string) {
    set((was) => was.map((item) => (item.phase === "ready" || item.phase === "refused" ? { ...item, day, dayFrom: "you" } : item)));
  },

  remove(id: number) {
    const item = items.find((other) => other.id === id);
    if (item) URL.revokeObjectURL(item.url);
    files.delete(id);
    set((was) => was.filter((other) => other.id !== id));
  },

  /** Sends those that are ready, and one that was refused if it is named. */
  async send(again?: number) {
    set((was) => was.map((item) => (item.phase === "ready" || item.id === again ? { ...item, phase: "waiting", error: null } : item)));
    if (sending) return;
    sending = true;
    // One after the other: pages of one day are numbered as they come.
    for (let item = waiting(); item; item = waiting()) await sendOne(item);
    sending = false;
  },
};

const waiting = () => items.find((item) => item.phase === "waiting");

async function sendOne({ id, day }: Item) {
  const file = files.get(id);
  if (!file) return uploads.remove(id);
  patch(id, { phase: "sending", part: 0 });
  try {
    const result = await uploadPage(file, day, (part) => patch(id, { part }));
    files.delete(id);
    patch(id, { phase: "sent", result, day: result.date });
  } catch (error) {
    patch(id, { phase: "refused", error: messageOf(error) });
  }
}
