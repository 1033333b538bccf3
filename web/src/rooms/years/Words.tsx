import { useQueries, keepPreviousData } from "@tanstack/react-query";
import { X } from "lucide-react";
import { useMemo, useState, type FormEvent } from "react";
import { api, got } from "../../lib/api";
import { searchPath } from "../../lib/links";
import { Button, IconButton } from "../../ui/Button";
import { Segmented } from "../../ui/Segmented";
import { ErrorNote, Skeleton } from "../../ui/States";
import { daysOf, nameOf, type By } from "./periods";
import { Plot } from "./Plot";
import type { Range } from "./RangeFields";
import type { Point, Summary } from "./types";
import { words as text } from "./words";

/** So many words are shown at once. */
export const mostWords = 4;

interface Props {
  words: readonly string[];
  onWords: (words: string[]) => void;
  range: Range;
  by: By;
  summary: Summary;
}

/** Words shows words, names and tags over time, one plot below the other. */
export function Words({ words, onWords, range: { from, to }, by, summary }: Props) {
  const [as, setAs] = useState<"days" | "share">("days");
  const found = useQueries({
    queries: words.map((q) => ({
      queryKey: ["timeline", q, by, from, to],
      queryFn: () => got(api.GET("/timeline", { params: { query: { q, by, from: from || undefined, to: to || undefined } } })),
      placeholderData: keepPreviousData,
    })),
  });
  const add = (word: string) => word.trim() && onWords([...words.filter((other) => other !== word.trim()), word.trim()].slice(-mostWords));

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const field = event.currentTarget.elements.namedItem("word") as HTMLInputElement;
    add(field.value);
    field.value = "";
  }

  const most = Math.max(1, ...found.flatMap(({ data }) => data?.points.map((p) => valueOf(p, as)) ?? []));
  return (
    <section id="words" aria-labelledby="words-title">
      <h2 id="words-title">{text.counted.title}</h2>
      <form className="row words-form" onSubmit={submit}>
        <label className="visually-hidden" htmlFor="word">
          {text.counted.label}
        </label>
        <input id="word" name="word" className="field" placeholder={text.counted.placeholder} maxLength={500} autoComplete="off" autoCapitalize="none" enterKeyHint="go" required />
        <Button type="submit">{text.counted.show}</Button>
        {words.length > 0 && (
          <Segmented label={text.counted.count} value={as} onChange={setAs} options={[{ value: "days", label: text.counted.days }, { value: "share", label: text.counted.shareDays }]} />
        )}
      </form>
      {words.length === 0 && <Suggestions summary={summary} onPick={add} />}
      {words.map((word, i) => {
        const { data, error, refetch, isPending } = found[i] ?? { isPending: true };
        return (
          <section key={word} className="word" aria-label={word}>
            <header>
              <h3>{word}</h3>
              <IconButton label={text.counted.remove(word)} small onClick={() => onWords(words.filter((other) => other !== word))}>
                <X aria-hidden />
              </IconButton>
            </header>
            {isPending && <Skeleton lines={2} label={text.counted.counting} />}
            {error && <ErrorNote error={error} onRetry={() => void refetch?.()} />}
            {data && <Word word={word} counted={data.words} points={data.points} days={data.days} by={by} as={as} most={most} />}
          </section>
        );
      })}
    </section>
  );
}

function Suggestions({ summary, onPick }: { summary: Summary; onPick: (word: string) => void }) {
  const picks = useMemo(() => {
    const times = summary.compared === "months" ? summary.months : summary.years;
    const best = (kind: "name" | "word") => times.flatMap(({ marks }) => marks.filter((m) => m.kind === kind).slice(0, 3)).map((m) => m.term);
    return [...new Set([...best("name"), ...best("word")])].slice(0, 6);
  }, [summary]);
  return (
    <div className="stack words-picks">
      <p className="hint">{text.counted.hint}</p>
      {picks.length > 0 && (
        <ul role="list" className="row" aria-label={text.counted.suggested}>
          {picks.map((word) => (
            <li key={word}>
              <button type="button" className="chip" onClick={() => onPick(word)}>
                {word}
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

const valueOf = ({ days, written }: Point, as: "days" | "share") => (as === "days" ? days : written > 0 ? Math.round((days / written) * 1000) / 10 : 0);
const percent = (value: number) => `${value} %`;
const whole = (value: number) => String(value);

interface WordProps {
  word: string;
  counted: readonly string[];
  points: readonly Point[];
  days: number;
  by: By;
  as: "days" | "share";
  most: number;
}

/** Word plots on how many days of each period it is mentioned. */
export function Word({ word, counted, points, days, by, as, most }: WordProps) {
  const bars = useMemo(() => points.map((p) => ({ period: p.period, value: valueOf(p, as), says: text.counted.day(p.days, p.written) })), [points, as]);
  const first = points.find((p) => p.days > 0);
  const peak = points.reduce<Point | undefined>((best, p) => (p.days > (best?.days ?? 0) ? p : best), undefined);
  if (!first || !peak) return <p>{text.counted.none}</p>;
  const names = counted.join(" with ");
  return (
    <Plot
      small
      label={text.counted.daysWith(word)}
      by={by}
      bars={bars}
      summary={
        <p>
          {names.toLowerCase() !== word.replace(/^#/, "").toLowerCase() && names !== word && text.counted.counted(names)}
          {text.counted.dayFirst(days, nameOf(first.period))}
          {peak.days > 1 && text.counted.mostOftenDay(nameOf(peak.period), peak.days, peak.written)}.
        </p>
      }
      columns={[text.counted.days, text.counted.daysWritten]}
      cells={(period) => {
        const point = points.find((p) => p.period === period);
        return [point?.days ?? 0, point?.written ?? 0];
      }}
      href={(period) => searchPath(word.startsWith("#") ? { tags: [word], ...daysOf(period) } : { q: word, ...daysOf(period) })}
      write={as === "share" ? percent : whole}
      most={most}
    />
  );
}
