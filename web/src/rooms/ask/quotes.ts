import { useQueries } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { fetchEntry, type Entry } from "../../lib/entries";
import { spanOfBytes } from "../../lib/offsets";
import { beginningOf } from "../home/beginning";
import { citedIn, type Source } from "./source";

const most = 12; // notes that are read for the sources of an answer

/**
 * useQuotes adds to the sources of a stored answer the words at their places, as
 * only places are stored. It reads the notes once nothing else is to be done.
 */
export function useQuotes(text: string, citations: ReadonlyMap<number, Source>): ReadonlyMap<number, Source> {
  const [idle, setIdle] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setIdle(true), 300);
    return () => clearTimeout(timer);
  }, []);
  const bare = useMemo(() => citedIn(text, citations).filter((source) => source.words === undefined && source.start >= 0), [text, citations]);
  const ids = useMemo(() => [...new Set(bare.map((source) => source.entry_id))].slice(0, most), [bare]);
  const notes = useQueries({
    queries: ids.map((id) => ({ queryKey: ["entry", id], queryFn: ({ signal }: { signal: AbortSignal }) => fetchEntry(id, signal), enabled: idle, retry: false, staleTime: Infinity, refetchOnWindowFocus: false })),
    combine: (results) => results.map(({ data }) => data),
  });
  return useMemo(() => {
    const found = new Map(notes.flatMap((note): [string, Entry][] => (note ? [[note.id, note]] : [])));
    if (found.size === 0) return citations;
    const quoted = new Map(citations);
    for (const source of bare) {
      const note = found.get(source.entry_id);
      if (note) quoted.set(source.number, { ...source, quote: wordsAt(note.diary, source), private: note.private });
    }
    return quoted;
  }, [citations, bare, notes]);
}

/** wordsAt are the words at a place of a note, undefined if it is not there any more. */
function wordsAt(diary: string, { start, end }: Source): string | undefined {
  const span = spanOfBytes(diary, start, end);
  return span.end > span.start ? beginningOf(diary.slice(span.start, span.end)) : undefined;
}
