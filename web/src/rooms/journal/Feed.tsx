import { useInfiniteQuery } from "@tanstack/react-query";
import { ChevronLeft } from "lucide-react";
import { useEffect, useMemo, useRef } from "react";
import { Link, useLocation, useSearch } from "wouter";
import { api, got, type Schemas } from "../../lib/api";
import { addDays, isDay, longDay } from "../../lib/dates";
import { useDays } from "../../lib/entries";
import { entryPath, feedPath, writePath } from "../../lib/links";
import { useTitle } from "../../lib/title";
import { Button } from "../../ui/Button";
import { EntryText } from "../../ui/EntryText";
import { Lock } from "../../ui/Lock";
import { Empty, ErrorNote, Skeleton } from "../../ui/States";
import { words } from "./words";

type Listed = Schemas["ListedJSON"];

const most = 15; // notes that are fetched at a time

/** Feed is the whole journal to scroll through, the newest day first or from the end of a year on. */
export default function Feed() {
  useTitle(words.feed.title);
  const [, go] = useLocation();
  const year = Number(new URLSearchParams(useSearch()).get("year")) || null;
  return (
    <div className="room journal feed">
      <header className="room-head">
        <div className="day-name">
          <Link href="/app/journal" className="day-back">
            <ChevronLeft aria-hidden /> {words.journal}
          </Link>
          <h1>{words.feed.title}</h1>
        </div>
        <YearChoice year={year} onChange={(next) => go(feedPath(next), { replace: true })} />
      </header>
      <Days key={year} year={year} />
    </div>
  );
}

function YearChoice({ year, onChange }: { year: number | null; onChange: (year: number | null) => void }) {
  const { data } = useDays();
  const years = useMemo(() => [...new Set(data?.days.map((day) => Number(day.date.slice(0, 4))))].reverse(), [data]);
  return (
    <label className="row">
      <span className="label">{words.feed.from}</span>
      <select className="field" value={year ?? ""} onChange={(event) => onChange(Number(event.target.value) || null)}>
        <option value="">{words.feed.newest}</option>
        {years.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
    </label>
  );
}

/** before is the last day of the next part: notes of the last day of a part may be in the next one too. */
function before(part: Listed[], to: string): string | undefined {
  const last = part.at(-1)?.date;
  if (!last || part.length < most) return undefined;
  return (last === to ? addDays(last, -1) : last) || undefined;
}

function Days({ year }: { year: number | null }) {
  const first = year ? `${String(year).padStart(4, "0")}-12-31` : "";
  const { data, error, isPending, isFetchingNextPage, hasNextPage, fetchNextPage, refetch } = useInfiniteQuery({
    queryKey: ["entries", "feed", first],
    initialPageParam: first,
    queryFn: async ({ pageParam: to, signal }) =>
      (await got(api.GET("/entries", { params: { query: { limit: most, text: true, type: "daily", to: isDay(to) ? to : undefined } }, signal }))) ?? [],
    getNextPageParam: (part, _, to) => before(part, to),
  });
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = end.current;
    if (!element) return;
    const watch = new IntersectionObserver(([entry]) => entry?.isIntersecting && hasNextPage && !isFetchingNextPage && void fetchNextPage(), { rootMargin: "1200px 0px" });
    watch.observe(element);
    return () => watch.disconnect();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const entries = useMemo(() => [...new Map(data?.pages.flat().map((entry) => [entry.id, entry])).values()], [data]);

  if (isPending) return <Skeleton lines={10} label={words.feed.loading} />;
  if (error && !data) return <ErrorNote error={error} onRetry={() => void refetch()} />;
  if (entries.length === 0) return <Empty title={words.feed.none} actions={<Link className="button primary" href={writePath()}>{words.feed.write}</Link>} />;
  return (
    <>
      {entries.map((entry, i) => (
        <FeedEntry key={entry.id} entry={entry} newYear={entry.date.slice(0, 4) !== entries[i - 1]?.date.slice(0, 4)} />
      ))}
      <div ref={end} className="feed-end">
        {error && <ErrorNote error={error} onRetry={() => void fetchNextPage()} />}
        {hasNextPage ? (
          <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {words.feed.more}
          </Button>
        ) : (
          <p className="hint">{words.feed.end}</p>
        )}
      </div>
    </>
  );
}

function FeedEntry({ entry, newYear }: { entry: Listed; newYear: boolean }) {
  return (
    <>
      {newYear && <p className="feed-year">{entry.date.slice(0, 4)}</p>}
      <article className="feed-entry" aria-label={longDay(entry.date)}>
        <h2>
          <Link href={entryPath(entry)}>
            <time dateTime={entry.date}>{longDay(entry.date)}</time>
          </Link>{" "}
          <Lock on={entry.private} />
        </h2>
        <EntryText id={entry.id} text={entry.diary} />
      </article>
    </>
  );
}
