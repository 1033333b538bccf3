import { useQuery } from "@tanstack/react-query";
import { ChevronLeft, MessageSquare, Search as SearchIcon } from "lucide-react";
import { useMemo } from "react";
import { Link } from "wouter";
import { api, got, type Schemas } from "../../lib/api";
import { askPath, searchPath } from "../../lib/links";
import { useTitle } from "../../lib/title";
import { DayLink } from "../../ui/DayLink";
import { Empty, ErrorNote, Skeleton } from "../../ui/States";
import { Listed } from "./Results";
import { words } from "./words";

const mostTags = 1000; // notes that are listed of a tag

/** About is a person, a place or a tag: when it is in the journal, and in which days. */
export default function About({ term }: { term: string }) {
  useTitle(term);
  const tag = term.startsWith("#");
  const timeline = useQuery({
    queryKey: ["timeline", term, "day"],
    queryFn: ({ signal }) => got(api.GET("/timeline", { params: { query: { q: term, by: "day" } }, signal })) as Promise<Schemas["Timeline"]>,
  });
  const years = useMemo(() => byYear(timeline.data?.points.map((point) => point.period) ?? []), [timeline.data]);
  return (
    <div className="room journal about">
      <header className="room-head">
        <div className="day-name">
          <Link href="/app/journal" className="day-back">
            <ChevronLeft aria-hidden /> {words.journal}
          </Link>
          <h1>{term}</h1>
          {timeline.data && <p className="hint">{words.about.days(timeline.data.days)}</p>}
        </div>
        <div className="row">
          <Link className="button" href={`${askPath()}?${new URLSearchParams({ q: words.about.question(term) })}`} aria-label={`${words.about.ask}: ${words.about.question(term)}`}>
            <MessageSquare aria-hidden /> {words.about.ask}
          </Link>
          <Link className="button" href={tag ? searchPath({ tags: [term] }) : searchPath({ q: `"${term}"` })}>
            <SearchIcon aria-hidden /> {words.about.search}
          </Link>
        </div>
      </header>
      {timeline.error && <ErrorNote error={timeline.error} onRetry={() => void timeline.refetch()} />}
      {timeline.isPending && <Skeleton lines={4} />}
      {timeline.data && (timeline.data.days === 0 ? <Empty title={words.about.none} /> : <Years years={years} />)}
      {timeline.data && timeline.data.days > 0 && (tag ? <OfTag tag={term} /> : <OfWord years={years} />)}
    </div>
  );
}

type Year = [year: string, days: string[]];

/** byYear groups days, the earliest year first; years between are there too. */
function byYear(days: readonly string[]): Year[] {
  const years = new Map<string, string[]>();
  const [first, last] = [days[0], days.at(-1)].map((day) => Number(day?.slice(0, 4)));
  for (let year = first ?? 0; last && year <= last; year++) years.set(String(year).padStart(4, "0"), []);
  for (const day of days) years.get(day.slice(0, 4))?.push(day);
  return [...years];
}

/** Years has a bar for each year. */
function Years({ years }: { years: readonly Year[] }) {
  const most = Math.max(...years.map(([, days]) => days.length), 1);
  return (
    <section aria-labelledby="about-years">
      <h2 id="about-years">{words.about.byYear}</h2>
      <ul role="list" className="about-years">
        {years.map(([year, days]) => (
          <li key={year}>
            <span>{year}</span>
            <meter min={0} max={most} value={days.length} aria-label={`${year}: ${words.about.dayCount(days.length)}`} />
            <span className="hint">{words.about.dayCount(days.length)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** OfWord lists the days that mention a word or name, the latest year first. */
function OfWord({ years }: { years: readonly Year[] }) {
  return (
    <section aria-labelledby="about-days" className="stack">
      <h2 id="about-days">{words.about.entries}</h2>
      {[...years].reverse().map(
        ([year, days]) =>
          days.length > 0 && (
            <div key={year}>
              <h3>{year}</h3>
              <ul role="list" className="tag-list">
                {[...days].reverse().map((day) => (
                  <li key={day}>
                    <DayLink day={day} form="ofYear" className="chip" />
                  </li>
                ))}
              </ul>
            </div>
          ),
      )}
    </section>
  );
}

function OfTag({ tag }: { tag: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: ["entries", "tag", tag],
    queryFn: async ({ signal }) => (await got(api.GET("/entries", { params: { query: { limit: mostTags, text: true, tag: [tag] } }, signal }))) ?? [],
  });
  if (error) return <ErrorNote error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton lines={4} />;
  return (
    <section aria-labelledby="about-days" className="results">
      <h2 id="about-days">{words.about.entries}</h2>
      <ol role="list">
        {data.map((entry) => (
          <Listed key={entry.id} entry={entry} />
        ))}
      </ol>
    </section>
  );
}
