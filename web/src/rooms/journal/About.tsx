import { useQuery } from "@tanstack/react-query";
import { ChevronLeft, MessageSquare, Search as SearchIcon } from "lucide-react";
import { useMemo } from "react";
import { Link } from "wouter";
import { api, got, type Schemas } from "../../lib/api";
import { many } from "../../lib/dates";
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
    queryKey: ["timeline", term, "year"],
    queryFn: ({ signal }) => got(api.GET("/timeline", { params: { query: { q: term, by: "year" } }, signal })) as Promise<Schemas["Timeline"]>,
  });
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
          <Link className="button" href={`${askPath()}?${new URLSearchParams({ q: `What did I write about ${term}?` })}`}>
            <MessageSquare aria-hidden /> {words.about.ask}
          </Link>
          <Link className="button" href={tag ? searchPath({ tags: [term] }) : searchPath({ q: `"${term}"` })}>
            <SearchIcon aria-hidden /> {words.about.search}
          </Link>
        </div>
      </header>
      {timeline.error && <ErrorNote error={timeline.error} onRetry={() => void timeline.refetch()} />}
      {timeline.isPending && <Skeleton lines={4} />}
      {timeline.data && (timeline.data.days === 0 ? <Empty title={words.about.none} /> : <Years points={timeline.data.points} />)}
      {timeline.data && timeline.data.days > 0 && (tag ? <OfTag tag={term} /> : <OfWord term={term} />)}
    </div>
  );
}

/** Years has a bar for each year. */
function Years({ points }: { points: readonly Schemas["Point"][] }) {
  const most = Math.max(...points.map((point) => point.days), 1);
  return (
    <section aria-labelledby="about-years">
      <h2 id="about-years">{words.about.byYear}</h2>
      <ul role="list" className="about-years">
        {points.map((point) => (
          <li key={point.period}>
            <span>{point.period}</span>
            <meter min={0} max={most} value={point.days} aria-label={`${point.period}: ${many(point.days, "day")}`} />
            <span className="hint">{many(point.days, "day")}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** OfWord lists the days that mention a word or name, by year. */
function OfWord({ term }: { term: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: ["search", "mentions", term],
    queryFn: ({ signal }) => got(api.GET("/search", { params: { query: { q: `how often did I mention "${term}"`, k: 1 } }, signal })),
  });
  const years = useMemo(() => byYear(data?.mentions?.days ?? []), [data]);
  if (error) return <ErrorNote error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton lines={4} />;
  return (
    <section aria-labelledby="about-days" className="stack">
      <h2 id="about-days">{words.about.entries}</h2>
      {years.map(([year, days]) => (
        <div key={year}>
          <h3>{year}</h3>
          <ul role="list" className="tag-list">
            {days.map((day) => (
              <li key={day}>
                <DayLink day={day} form="short" className="chip" />
              </li>
            ))}
          </ul>
        </div>
      ))}
    </section>
  );
}

function byYear(days: readonly string[]): [string, string[]][] {
  const years = new Map<string, string[]>();
  for (const day of days) {
    const year = day.slice(0, 4);
    years.set(year, [...(years.get(year) ?? []), day]);
  }
  return [...years].sort(([a], [b]) => b.localeCompare(a));
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
