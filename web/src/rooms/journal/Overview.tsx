import { BookPlus, CalendarDays, Dices, ImagePlus, PenLine, ScrollText, Search as SearchIcon } from "lucide-react";
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { Link, useLocation } from "wouter";
import { api, got } from "../../lib/api";
import { dayOfYear, plainDay, today } from "../../lib/dates";
import { useDay, useTags } from "../../lib/entries";
import { useKeys } from "../../lib/keys";
import { aboutPath, dayPath, feedPath, notePath, searchPath, writePath } from "../../lib/links";
import { useTitle } from "../../lib/title";
import { Button, IconButton } from "../../ui/Button";
import { Empty, ErrorNote, Skeleton } from "../../ui/States";
import { Calendar } from "./Calendar";
import { Lock } from "../../ui/Lock";
import { OnThisDay } from "../../ui/OnThisDay";
import { namesQuery } from "../home/suggestions";
import { words } from "./words";
import { useWritten, type Written } from "./days";
import { Legend, Years } from "./Years";

/** Overview is the journal as a whole: a month, every year, its tags, and what was on this day. */
export function Overview() {
  useTitle(words.overview.journal);
  const [, go] = useLocation();
  const { written, error, isPending, refetch } = useWritten();
  const anyDay = () => {
    const days = written?.years.flatMap((year) => year.byDay.filter((day) => day !== undefined)) ?? [];
    const day = days[Math.floor(Math.random() * days.length)];
    if (day) go(dayPath(day.date));
  };
  useKeys(words.overview.journal, [
    { keys: "t", label: words.overview.openToday, run: () => go(dayPath(today())) },
    { keys: "r", label: words.overview.randomKey, run: anyDay },
  ]);
  return (
    <div className="room journal">
      <header className="room-head">
        <div>
          <h1>{words.overview.journal}</h1>
          {written?.first && written.last && (
            <p className="hint">
              {plainDay(written.first)} – {plainDay(written.last)}
            </p>
          )}
        </div>
        <div className="row">
          <SearchBox />
          {written && written.days > 0 && (
            <Link className="button icon" href={feedPath()} aria-label={words.feed.open} title={words.feed.open}>
              <ScrollText aria-hidden />
            </Link>
          )}
          {written && written.days > 0 && (
            <IconButton label={words.overview.random} keys="r" onClick={anyDay} look="plain">
              <Dices aria-hidden />
            </IconButton>
          )}
        </div>
      </header>
      {error && !written && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {isPending && <Skeleton lines={8} />}
      {written && (written.days === 0 ? <NothingYet /> : <Whole written={written} />)}
    </div>
  );
}

function SearchBox() {
  const [, go] = useLocation();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const q = String(new FormData(event.currentTarget).get("q") ?? "").trim();
    go(searchPath({ q }));
  };
  return (
    <form role="search" className="search-box" onSubmit={submit}>
      <SearchIcon aria-hidden />
      <input className="field" type="search" name="q" aria-label={words.overview.searchJournal} placeholder={words.overview.search} maxLength={1000} />
    </form>
  );
}

function Whole({ written }: { written: Written }) {
  const [month, setMonth] = useState(() => kept ?? (written.last && written.last < today() ? written.last : today()).slice(0, 7));
  const choose = (next: string) => {
    kept = next;
    setMonth(next);
  };
  const open = (next: string) => {
    choose(next);
    document.querySelector(".calendar")?.scrollIntoView({ block: "nearest", behavior: "smooth" });
  };
  // The years come once what is above them on a phone is there, so that nothing moves.
  const [day, tags] = [useDay(today()), useTags()];
  const settled = !day.isPending && !tags.isPending;
  return (
    <div className="journal-whole">
      <aside className="journal-aside stack" aria-label={words.overview.aside}>
        <Calendar written={written} month={month} onMonth={choose} />
        <TodayBefore />
        <Tags />
        <People />
      <Evergreen />
      </aside>
      <div className="journal-years">
        {settled && (
          <>
            <Legend written={written} />
            <Years written={written} onMonth={open} />
          </>
        )}
      </div>
    </div>
  );
}

// The month that was looked at last, for when one comes back.
let kept: string | undefined;

function TodayBefore() {
  const now = today();
  const { data } = useDay(now);
  return (
    <>
      {data && data.entries.length === 0 && (
        <p className="today-none">
          {words.overview.nothingToday} <Link href={writePath()}>{words.overview.write}</Link>
        </p>
      )}
      {data && <OnThisDay title={words.overview.on(dayOfYear(now))} glimpses={data.on_this_day} short />}
    </>
  );
}

const few = 14;

function Tags() {
  const { data: tags } = useTags();
  const [all, setAll] = useState(false);
  if (!tags?.length) return null;
  return (
    <section aria-labelledby="tags-title">
      <h2 id="tags-title">{words.overview.tags}</h2>
      <ul role="list" className="tag-list">
        {(all ? tags : tags.slice(0, few)).map((tag) => (
          <li key={tag.tag}>
            <Link className="chip" href={searchPath({ tags: [tag.tag] })}>
              {tag.tag} <span className="tag-count">{tag.entries}</span>
            </Link>
          </li>
        ))}
      </ul>
      {tags.length > few && (
        <Button look="quiet" small onClick={() => setAll(!all)} aria-expanded={all}>
          {all ? words.overview.fewer : words.overview.allTags(tags.length)}
        </Button>
      )}
    </section>
  );
}

/** People are the names that mark the journal's years: people, places and what else is written with a capital. */
function People() {
  const { data } = useQuery(namesQuery);
  const names = data?.names.filter(({ kind }) => kind === "name").slice(0, few) ?? [];
  if (names.length === 0) return null;
  return (
    <section aria-labelledby="people-title">
      <h2 id="people-title">{words.about.people}</h2>
      <ul role="list" className="tag-list">
        {names.map(({ term }) => (
          <li key={term}>
            <Link className="chip" href={aboutPath(term)}>
              {term}
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Evergreen() {
  const { data: notes } = useQuery({
    queryKey: ["entries", "evergreen"],
    queryFn: async ({ signal }) => ((await got(api.GET("/entries", { params: { query: { type: "evergreen", limit: 1000 } }, signal }))) ?? []),
    staleTime: 60_000,
  });
  const [all, setAll] = useState(false);
  if (!notes?.length) return null;
  const sorted = [...notes].sort((a, b) => a.title.localeCompare(b.title));
  return (
    <section aria-labelledby="evergreen-title">
      <h2 id="evergreen-title">{words.overview.notesWithoutDay}</h2>
      <ul role="list" className="note-list">
        {(all ? sorted : sorted.slice(0, few)).map((note) => (
          <li key={note.id}>
            <Link href={notePath(note.id)}>{note.title}</Link> <Lock on={note.private} />
          </li>
        ))}
      </ul>
      {sorted.length > few && (
        <Button look="quiet" small onClick={() => setAll(!all)} aria-expanded={all}>
          {all ? words.overview.fewer : words.overview.allNotes(sorted.length)}
        </Button>
      )}
    </section>
  );
}

function NothingYet() {
  return (
    <Empty
      icon={CalendarDays}
      title={words.overview.noDays}
      actions={
        <>
          <Link className="button primary" href={writePath()}>
            <PenLine aria-hidden /> {words.overview.writeTodayNote}
          </Link>
          <Link className="button" href="/app/add">
            <ImagePlus aria-hidden /> {words.overview.addPages}
          </Link>
          <Link className="button" href="/app/status">
            <BookPlus aria-hidden /> {words.overview.chooseFolder}
          </Link>
        </>
      }
    >
      {words.overview.noDaysDetail}
    </Empty>
  );
}
