import { addDays, monthName } from "../../lib/dates";
import type { Thread } from "../../lib/types";

/** Row is a line of the list: a thread, or the name of those that follow. */
export type Row = { key: string; name: string } | { key: string; thread: Thread; place: number };

/** groupThreads puts threads whose titles have all the words under the time of their last change. */
export function groupThreads(threads: readonly Thread[], search: string, now = new Date()): Row[] {
  const words = plain(search).split(/\s+/).filter(Boolean);
  const groupOf = grouping(now);
  const rows: Row[] = [];
  let group = "";
  let place = 0;
  for (const thread of threads) {
    const title = words.length > 0 ? plain(thread.title) : "";
    if (!words.every((word) => title.includes(word))) continue;
    const name = groupOf(new Date(thread.updated_at));
    if (name !== group) rows.push({ key: `group ${name}`, name });
    group = name;
    rows.push({ key: thread.thread_id, thread, place: place++ });
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
    if (day >= today) return "Today";
    if (day === yesterday) return "Yesterday";
    if (day > weekAgo) return "This week";
    const month = day.slice(0, 7);
    let name = months.get(month);
    if (!name) months.set(month, (name = monthName(day)));
    return name;
  };
}

const local = (d: Date) => `${d.getFullYear()}-${String(d.getMonth() + 1).padStart(2, "0")}-${String(d.getDate()).padStart(2, "0")}`;

/** plain is text without case and accents. */
const plain = (text: string) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
