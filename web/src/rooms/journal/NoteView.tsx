import { ChevronLeft } from "lucide-react";
import { useRef } from "react";
import { Link, useLocation, useSearch } from "wouter";
import { useEntry } from "../../lib/entries";
import { readPassage } from "../../lib/links";
import { useTitle } from "../../lib/title";
import { useTop } from "../../lib/top";
import { ErrorNote, Skeleton } from "../../ui/States";
import { Backlinks } from "./Backlinks";
import { Doubts } from "./Doubts";
import { EntryView } from "./EntryView";
import { words } from "./words";

/** NoteView is a note by itself, as one of no day. */
export default function NoteView({ id }: { id: string }) {
  const { data: entry, error, isPending, refetch } = useEntry(id);
  const passage = readPassage(useSearch());
  const [, go] = useLocation();
  const within = useRef<HTMLDivElement>(null);
  useTitle(entry?.title ?? words.note.note);
  useTop(id, passage.entry === id);
  return (
    <div className="room journal day">
      <header className="room-head day-head">
        <div className="day-name">
          <Link href="/app/journal" className="day-back">
            <ChevronLeft aria-hidden /> {words.note.journal}
          </Link>
          <h1>{entry?.title ?? words.note.note}</h1>
        </div>
      </header>
      {error && !entry && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {isPending && <Skeleton lines={8} />}
      {entry && (
        <>
          <Doubts within={within} text={entry.diary} />
          <div ref={within} className="day-entries">
            <EntryView entry={entry} day={entry.date} titled={false} passage={passage.entry === id ? passage : undefined} first onGone={() => go("/app/journal")} />
          </div>
          <Backlinks note={id} />
        </>
      )}
    </div>
  );
}
