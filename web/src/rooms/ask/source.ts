import { longDay, plainDay } from "../../lib/dates";
import type { Citation } from "../../lib/types";

/** Source is a passage that an answer may cite. */
export interface Source extends Citation {
  /** The passage's words, where they are known. */
  words?: string;
  /** The beginning of what is at its place in the note now, for an answer that was stored. */
  quote?: string;
}

/** Cited is a passage that was opened, and of which answer it is. */
export interface Cited extends Source {
  message: string;
}

/** isDaily tells a note of a day, which is named after it, from one without: its date is when it was changed. */
export function isDaily({ title, date }: Source): boolean {
  const [year = "", , day = ""] = date.split("-");
  const has = (part: string) => (title.match(/\d+/g) ?? []).some((n) => Number(n) === Number(part) || (n.length >= 6 && n.includes(part)));
  return (has(year) || has(year.slice(2))) && has(day);
}

export const passageTitle = (source: Source) => `${source.number} · ${isDaily(source) ? longDay(source.date) : source.title}`;

/** nameOf is a source in a few words: its day, or its title where it has none. */
export const nameOf = (source: Source) => (isDaily(source) ? plainDay(source.date) : source.title);

/** quoteOf is what a source says, undefined where that is not known; "" for a picture alone. */
export const quoteOf = (source: Source) => source.words ?? source.quote;

/** citedIn returns the sources that a text cites, by number. */
export function citedIn(text: string, citations: ReadonlyMap<number, Source>): Source[] {
  const numbers = new Set([...text.matchAll(/\[(\d{1,3})\]/g)].map((match) => Number(match[1])));
  return [...citations.values()].filter((source) => numbers.has(source.number)).sort((a, b) => a.number - b.number);
}

/** byNote groups sources by their note, in the order of their first numbers. */
export function byNote(sources: readonly Source[]): [Source, ...Source[]][] {
  const groups = new Map<string, [Source, ...Source[]]>();
  for (const source of sources) {
    const group = groups.get(source.entry_id);
    if (group) group.push(source);
    else groups.set(source.entry_id, [source]);
  }
  return [...groups.values()];
}
