// Where things are in the app. A room that is linked to from others is named
// here and nowhere else.

export const askPath = (thread?: string, message?: string) => (thread ? `/app/ask/${encodeURIComponent(thread)}${message ? `#${encodeURIComponent(message)}` : ""}` : "/app/ask");
export const threadsPath = "/app/threads";
export const setupPath = "/app/setup";
export const statusPath = "/app/status";
export const dayPath = (day: string) => `/app/journal/${day}`;
/** A note without a day. */
export const notePath = (entry: string) => `/app/journal/note/${encodeURIComponent(entry)}`;
/** Every day to scroll through, from the end of a year on. */
export const feedPath = (year?: number | null) => (year ? `/app/journal/feed?year=${year}` : "/app/journal/feed");
/** A person, a place or a #tag with its timeline and days. */
export const aboutPath = (term: string) => `/app/journal/about/${encodeURIComponent(term)}`;
export const writePath = (day?: string) => (day ? `/app/write?day=${day}` : "/app/write");

/**
 * passagePath opens an entry in its day with a passage marked. start and end
 * are in Unicode code points of the entry's text.
 */
export function passagePath(day: string, entry: string, start?: number, end?: number): string {
  const query = new URLSearchParams({ entry });
  if (start !== undefined && end !== undefined) query.set("at", `${start}-${end}`);
  return `${dayPath(day)}?${query}`;
}

/** entryPath opens an entry with a passage marked: in its day, or by itself if it has none. */
export function entryPath({ kind, date, id }: { kind: "daily" | "evergreen"; date: string; id: string }, start?: number, end?: number): string {
  const path = passagePath(date, id, start, end);
  return kind === "evergreen" ? `${notePath(id)}${path.slice(path.indexOf("?"))}` : path;
}

/** readPassage parses what passagePath wrote; start and end are -1 without a passage. */
export function readPassage(search: string): { entry: string | null; start: number; end: number } {
  const query = new URLSearchParams(search);
  const at = /^(\d+)-(\d+)$/.exec(query.get("at") ?? "");
  return { entry: query.get("entry"), start: at ? Number(at[1]) : -1, end: at ? Number(at[2]) : -1 };
}

export interface SearchFor {
  q?: string;
  from?: string;
  to?: string;
  tags?: string[];
}

/** searchPath opens the search of the journal; tags with or without their "#". */
export function searchPath({ q, from, to, tags }: SearchFor = {}): string {
  const query = new URLSearchParams();
  if (q) query.set("q", q);
  if (from) query.set("from", from);
  if (to) query.set("to", to);
  for (const tag of tags ?? []) query.append("tag", tag.replace(/^#/, ""));
  const text = query.toString();
  return text ? `/app/search?${text}` : "/app/search";
}

export const yearsPath = "/app/years";
export const analysesPath = "/app/years/analyses";
export const analysisPath = (id: string) => `${analysesPath}/${encodeURIComponent(id)}`;

/** wordsPath shows words over the years. */
export function wordsPath(words: readonly string[]): string {
  const query = new URLSearchParams(words.map((word) => ["word", word]));
  return words.length > 0 ? `${yearsPath}?${query}` : yearsPath;
}
