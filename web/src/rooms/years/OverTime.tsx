import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { CalendarDays, SlidersHorizontal } from "lucide-react";
import { useMemo } from "react";
import { Link, useSearchParams } from "wouter";
import { api, got } from "../../lib/api";
import { count, isDay, many, plainDay } from "../../lib/dates";
import { searchPath, writePath } from "../../lib/links";
import { usePhone } from "../../lib/media";
import { useTitle } from "../../lib/title";
import { Empty, ErrorNote, Skeleton } from "../../ui/States";
import { Segmented } from "../../ui/Segmented";
import { Marks } from "./Marks";
import { daysOf, nameOf, type By } from "./periods";
import { Plot } from "./Plot";
import { RangeFields, type Range } from "./RangeFields";
import type { Summary } from "./types";
import { mostWords, Words } from "./Words";

/** useAlmanac counts the days, words and marks of a part of the journal. */
export function useAlmanac({ from, to, tags }: Range) {
  return useQuery({
    queryKey: ["almanac", from, to, tags],
    queryFn: () => got(api.GET("/almanac", { params: { query: { from: from || undefined, to: to || undefined, tag: tags.length > 0 ? [...tags] : undefined } } })),
    placeholderData: keepPreviousData,
  });
}

/** OverTime counts: what was written when, what marks each year, and words over the years. No model is asked. */
export function OverTime() {
  useTitle("Years");
  const [search, setSearch] = useSearchParams();
  const day = (name: string) => [search.get(name) ?? ""].find(isDay) ?? "";
  const range: Range = { from: day("from"), to: day("to"), tags: search.getAll("tag") };
  const phone = usePhone();
  const almanac = useAlmanac(range);
  const change = (next: Record<string, string | readonly string[] | null>) =>
    setSearch((was) => {
      const query = new URLSearchParams(was);
      for (const [key, value] of Object.entries(next)) {
        query.delete(key);
        for (const one of [value ?? []].flat()) if (one) query.append(key, one);
      }
      return query;
    }, { replace: true });

  if (almanac.error) return <ErrorNote error={almanac.error} onRetry={() => void almanac.refetch()} />;
  if (!almanac.data) return <Skeleton lines={8} label="Counting" />;
  const summary = almanac.data;
  const narrowed = range.from !== "" || range.to !== "" || range.tags.length > 0;
  if (summary.days === 0 && !narrowed) return <Nothing />;

  const by: By = search.get("by") === "year" || search.get("by") === "month" ? (search.get("by") as By) : summary.years.length > (phone ? 8 : 20) ? "year" : "month";
  const of = search.get("of") === "words" ? "words" : "days";
  return (
    <div className="years-sections">
      <section aria-labelledby="written">
        <header className="section-head">
          <h2 id="written">What was written</h2>
          <div className="row plot-choices">
            <Segmented label="What is counted" value={of} onChange={(next) => change({ of: next === "days" ? null : next })} options={[{ value: "days", label: "Days" }, { value: "words", label: "Words" }]} />
            <Segmented label="By" value={by} onChange={(next) => change({ by: next })} options={[{ value: "month", label: "Months" }, { value: "year", label: "Years" }]} />
          </div>
        </header>
        <details className="narrow" open={narrowed || undefined}>
          <summary>
            <SlidersHorizontal aria-hidden /> Look at a part of it
          </summary>
          <RangeFields value={range} onChange={({ from, to, tags }) => change({ from, to, tag: tags })} />
        </details>
        {summary.days === 0 ? <p>Nothing was written in this time, or nothing with these tags.</p> : <Written summary={summary} by={by} of={of} />}
      </section>
      <Words words={search.getAll("word").slice(-mostWords)} onWords={(words) => change({ word: words })} range={range} by={by} summary={summary} />
      <Marks summary={summary} onWord={(word) => {
        change({ word: [...new Set([...search.getAll("word"), word])].slice(-mostWords) });
        document.getElementById("words")?.scrollIntoView({ block: "start" });
      }} />
    </div>
  );
}

/** Nothing is shown while nothing was written. */
export function Nothing() {
  return (
    <Empty
      icon={CalendarDays}
      title="There are no years yet"
      actions={
        <Link className="button primary" href={writePath()}>
          Write today’s note
        </Link>
      }
    >
      Once there are a few days in your journal, what you wrote of and when is counted here.
    </Empty>
  );
}

/** extent says how much was written, and when. */
export function extent({ days, words, first, last }: Pick<Summary, "days" | "words" | "first" | "last">): string {
  if (!first || !last || days === 0) return "Nothing was written in this time.";
  if (first === last) return `One day, ${plainDay(first)}, with ${many(words, "word")}.`;
  return `${many(days, "day")} between ${plainDay(first)} and ${plainDay(last)}, with ${many(words, "word")}.`;
}

/** Written plots the days or words of each month or year. */
export function Written({ summary, by, of }: { summary: Summary; by: By; of: "days" | "words" }) {
  const periods = useMemo(
    () => (by === "month" ? summary.months.map(({ month, days, words }) => ({ period: month, days, words })) : summary.years.map(({ year, days, words }) => ({ period: String(year).padStart(4, "0"), days, words }))),
    [summary, by],
  );
  const bars = useMemo(() => periods.map((p) => ({ period: p.period, value: p[of], says: `${many(p.days, "day")}, ${many(p.words, "word")}` })), [periods, of]);
  const most = bars.reduce((best, bar) => (bar.value > best.value ? bar : best), bars[0] ?? { period: "", value: 0 });
  return (
    <Plot
      label={of === "days" ? "Days written" : "Words written"}
      by={by}
      bars={bars}
      summary={
        <p>
          {extent(summary)} {bars.length > 1 && `The most ${of}: ${nameOf(most.period)}, ${count(most.value)}.`}
        </p>
      }
      columns={["Days", "Words"]}
      cells={(period) => {
        const found = periods.find((p) => p.period === period);
        return [found?.days ?? 0, found?.words ?? 0];
      }}
      href={(period) => searchPath(daysOf(period))}
    />
  );
}
