import { addDays, monthName } from "../../lib/dates";
import type { Thread, ThreadMatch } from "../../lib/types";
import { words as say } from "./words";

/** Row is a line of the list: a thread, with the message by which it was found, or the name of those that follow. */
export type Row = { key: string; name: string } | { key: string; thread: Thread; match?: ThreadMatch; place: number };

/** groupThreads puts threads under the time of their last change: those whose titles have all the words, and those that were found by their messages. */
export function groupThreads(threads: readonly Thread[], search: string, found?: ReadonlyMap<string, ThreadMatch | undefined>, now = new Date()): Row[] {
  const words = plain(search).split(/\s+/).filter(Boolean);
  const groupOf = grouping(now);
  const rows: Row[] = [];
  let group = "";
  let place = 0;
  for (const thread of threads) {
    const title = words.length > 0 ? plain(thread.title) : "";
    if (!words.every((word) => title.includes(word)) && !found?.has(thread.thread_id)) continue;
    const name = thread.damaged ? say.group.damaged : groupOf(new Date(thread.updated_at));
    if (name !== group) rows.push({ key: `group ${name}`, name });
    group = name;
    rows.push({ key: thread.thread_id, thread, match: words.length > 0 ? found?.get(thread.thread_id) : undefined, place: place++ });
  }
  return rows;
}

/** grouping names the time of a day's thread; what is the same for all is worked out once. */
function grouping(now: Date) {
  const today = local(now);
  const yesterday = addDays(today, -1);
  const weekAgo = addDays(today, -7);
  const months = new Map<string, string>();
  return (at: Date): string => {
    const day = local(at);
    if (day >= today) return say.group.today;
    if (day === yesterday) return say.group.yesterday;
    if (day > weekAgo) return say.group.thisWeek;
    const month = day.slice(0, 7);
    let name = months.get(month);
    if (!name) months.set(month, (name = monthName(day)));
    return name;
  };
}

const local = (d: Date) => `${d.getFullYear()}-${String(d.getMonth() + 1).padStart(2, "0")}-${String(d.getDate()).padStart(2, "0")}`;

/** plain is text without case and accents. */
const plain = (text: string) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
