import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { CalendarDays, SlidersHorizontal } from "lucide-react";
import { useMemo } from "react";
import { Link, useSearchParams } from "wouter";
import { api, got } from "../../lib/api";
import { isDay, plainDay } from "../../lib/dates";
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
import { words as text } from "./words";

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
  useTitle(text.overTime.years);
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
  if (!almanac.data) return <Skeleton lines={8} label={text.overTime.counting} />;
  const summary = almanac.data;
  const narrowed = range.from !== "" || range.to !== "" || range.tags.length > 0;
  if (summary.days === 0 && !narrowed) return <Nothing />;

  const by: By = search.get("by") === "year" || search.get("by") === "month" ? (search.get("by") as By) : summary.years.length > (phone ? 8 : 20) ? "year" : "month";
  const of = search.get("of") === "words" ? "words" : "days";
  return (
    <div className="years-sections">
      <section aria-labelledby="written">
        <header className="section-head">
          <h2 id="written">{text.overTime.whatWritten}</h2>
          <div className="row plot-choices">
            <Segmented label={text.overTime.whatCounted} value={of} onChange={(next) => change({ of: next === "days" ? null : next })} options={[{ value: "days", label: text.overTime.days }, { value: "words", label: text.overTime.words }]} />
            <Segmented label={text.overTime.by} value={by} onChange={(next) => change({ by: next })} options={[{ value: "month", label: text.overTime.months }, { value: "year", label: text.overTime.years }]} />
          </div>
        </header>
        <details className="narrow" open={narrowed || undefined}>
          <summary>
            <SlidersHorizontal aria-hidden /> {text.overTime.filters}
          </summary>
          <RangeFields value={range} onChange={({ from, to, tags }) => change({ from, to, tag: tags })} />
        </details>
        {summary.days === 0 ? <p>{text.overTime.nothing}</p> : <Written summary={summary} by={by} of={of} />}
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
      title={text.overTime.noYears}
      actions={
        <Link className="button primary" href={writePath()}>
          {text.overTime.writeTodayNote}
        </Link>
      }
    >
      {text.overTime.noYearsDetail}
    </Empty>
  );
}

/** extent says how much was written, and when. */
export function extent({ days, words, first, last }: Pick<Summary, "days" | "words" | "first" | "last">): string {
  if (!first || !last || days === 0) return text.overTime.nothingInPeriod;
  if (first === last) return text.overTime.oneDay(plainDay(first), words);
  return text.overTime.daysBetween(days, plainDay(first), plainDay(last), words);
}

/** Written plots the days or words of each month or year. */
export function Written({ summary, by, of }: { summary: Summary; by: By; of: "days" | "words" }) {
  const periods = useMemo(
    () => (by === "month" ? summary.months.map(({ month, days, words }) => ({ period: month, days, words })) : summary.years.map(({ year, days, words }) => ({ period: String(year).padStart(4, "0"), days, words }))),
    [summary, by],
  );
  const bars = useMemo(() => periods.map((p) => ({ period: p.period, value: p[of], says: `${text.overTime.day(p.days)}, ${text.overTime.word(p.words)}` })), [periods, of]);
  const most = bars.reduce((best, bar) => (bar.value > best.value ? bar : best), bars[0] ?? { period: "", value: 0 });
  return (
    <Plot
      label={of === "days" ? text.overTime.daysWritten : text.overTime.wordsWritten}
      by={by}
      bars={bars}
      summary={
        <p>
          {extent(summary)} {bars.length > 1 && text.overTime.most(of, nameOf(most.period), most.value)}
        </p>
      }
      columns={[text.overTime.days, text.overTime.words]}
      cells={(period) => {
        const found = periods.find((p) => p.period === period);
        return [found?.days ?? 0, found?.words ?? 0];
      }}
      href={(period) => searchPath(daysOf(period))}
    />
  );
}
