import { CalendarDays, ChevronDown, ChevronLeft, ChevronRight, ImagePlus, PenLine } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { Link, useLocation, useSearch } from "wouter";
import { dayOfYear, headDay, longDay, shortDay, today } from "../../lib/dates";
import { loadAhead } from "../../lib/ahead";
import { useDay, useDays, useEntry, type DayBody, type Entry } from "../../lib/entries";
import { useKeys } from "../../lib/keys";
import { usePhone } from "../../lib/media";
import { dayPath, readPassage, writePath } from "../../lib/links";
import { useTitle } from "../../lib/title";
import { useSwipe } from "../../lib/swipe";
import { useTop } from "../../lib/top";
import { IconButton } from "../../ui/Button";
import { Empty, ErrorNote, Skeleton } from "../../ui/States";
import { Backlinks } from "./Backlinks";
import { Calendar } from "./Calendar";
import { useWritten } from "./days";
import { Doubts } from "./Doubts";
import { EntryView } from "./EntryView";
import { Bygone } from "../../ui/Bygone";
import { OnThisDay } from "../../ui/OnThisDay";
import { words } from "./words";

/** DayView is a day: its notes beside their pages, and the ways to the days around it. */
export default function DayView({ day }: { day: string }) {
  useTitle(shortDay(day));
  const search = useSearch();
  const passage = useMemo(() => readPassage(search), [search]);
  const { data, error, isPending, refetch } = useDay(day);
  const [, go] = useLocation();
  const entries = useRef<HTMLDivElement>(null);

  // A passage of a note that is not this day's, as one of no day.
  const elsewhere = passage.entry !== null && data && !data.entries.some((entry) => entry.id === passage.entry) ? passage.entry : null;
  const other = useEntry(elsewhere);

  useTop(day, passage.entry !== null);

  const { previous, next } = useNeighbours(day, data);
  useKeys(words.day.keys, [
    { keys: "ArrowLeft", label: words.day.beforeKey, run: () => previous && go(dayPath(previous)) },
    { keys: "ArrowRight", label: words.day.afterKey, run: () => next && go(dayPath(next)) },
    { keys: "c", label: words.day.calendarKey, run: () => go("/app/journal") },
  ]);

  useSwipe(() => next && go(dayPath(next)), () => previous && go(dayPath(previous)));

  const shown: Entry[] = [...(other.data ? [other.data] : []), ...(data?.entries ?? [])];
  const text = shown.map((entry) => entry.diary).join("\n");
  return (
    <div className="room journal day">
      <DayHead day={day} previous={previous} next={next} />
      {error && !data && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {other.error && <ErrorNote error={other.error}>{words.day.missing}</ErrorNote>}
      {isPending && <Skeleton lines={8} />}
      {data && (
        <>
          <Doubts within={entries} text={text} />
          <div ref={entries} className="day-entries">
            {shown.map((entry) => (
              <EntryView
                key={entry.id}
                entry={entry}
                day={day}
                titled={shown.length > 1 || entry.kind === "evergreen" || entry.dates.length > 1}
                passage={passage.entry === entry.id ? passage : undefined}
                first={entry === shown[0]}
                onGone={() => shown.length === 1 && go("/app/journal")}
              />
            ))}
          </div>
          {shown.length === 0 && <NoNote day={day} />}
          <Bygone day={day} />
          <Backlinks day={day} />
          <footer className="day-foot">
            <Neighbours previous={previous} next={next} />
            <OnThisDay title={words.day.otherYears(dayOfYear(day))} glimpses={data.on_this_day} />
          </footer>
        </>
      )}
    </div>
  );
}

/** useNeighbours are the written days around a day: known before the day itself is read, so that keys can hurry through. */
function useNeighbours(day: string, data: DayBody | undefined) {
  const { data: list } = useDays();
  const previous = data ? data.previous : list?.days.findLast((other) => other.date < day)?.date;
  const next = data ? data.next : list?.days.find((other) => other.date > day)?.date;
  useEffect(() => {
    if (!data) return;
    void loadAhead([data.next, data.previous]);
  }, [data]);
  return { previous, next };
}

function DayHead({ day, previous, next }: { day: string; previous?: string | null; next?: string | null }) {
  const [open, setOpen] = useState(false);
  const phone = usePhone();
  return (
    <header className="room-head day-head">
      <Link href="/app/journal" className="day-back">
        <CalendarDays aria-hidden /> {words.journal}
      </Link>
      <div className="day-line">
        <Step day={previous} side="left" />
        <h1>
          <time dateTime={day} aria-label={longDay(day)}>
            {phone ? headDay(day) : longDay(day)}
          </time>
        </h1>
        <IconButton label={words.day.another} aria-expanded={open} onClick={() => setOpen(!open)}>
          <ChevronDown aria-hidden />
        </IconButton>
        <Step day={next} side="right" />
      </div>
      {open && <Chooser day={day} />}
    </header>
  );
}

function Step({ day, side }: { day?: string | null; side: "left" | "right" }) {
  const Icon = side === "left" ? ChevronLeft : ChevronRight;
  if (!day) {
    return (
      <span className="button icon quiet day-step" aria-hidden data-off>
        <Icon aria-hidden />
      </span>
    );
  }
  const name = side === "left" ? words.day.before : words.day.after;
  return (
    <Link href={dayPath(day)} className="button icon quiet day-step" aria-label={name(shortDay(day))} title={shortDay(day)}>
      <Icon aria-hidden />
    </Link>
  );
}

function Chooser({ day }: { day: string }) {
  const { written } = useWritten();
  const [month, setMonth] = useState(day.slice(0, 7));
  useEffect(() => setMonth(day.slice(0, 7)), [day]);
  return <div className="day-chooser">{written ? <Calendar written={written} month={month} onMonth={setMonth} current={day} /> : <Skeleton lines={5} />}</div>;
}

function Neighbours({ previous, next }: { previous?: string | null; next?: string | null }) {
  if (!previous && !next) return null;
  return (
    <nav className="neighbours" aria-label={words.day.around}>
      {previous ? (
        <Link href={dayPath(previous)}>
          <ChevronLeft aria-hidden /> {shortDay(previous)}
        </Link>
      ) : (
        <span />
      )}
      {next && (
        <Link href={dayPath(next)}>
          {shortDay(next)} <ChevronRight aria-hidden />
        </Link>
      )}
    </nav>
  );
}

function NoNote({ day }: { day: string }) {
  const future = day > today();
  return (
    <Empty
      icon={CalendarDays}
      title={future ? words.day.future : words.day.nothing}
      actions={
        !future && (
          <>
            <Link className="button primary" href={writePath(day)}>
              <PenLine aria-hidden /> {words.day.write}
            </Link>
            <Link className="button" href={`/app/add?day=${day}`}>
              <ImagePlus aria-hidden /> {words.day.add}
            </Link>
          </>
        )
      }
    >
      {future ? "" : words.day.nothingDetail}
    </Empty>
  );
}
