import { shortDay } from "../../lib/dates";
import { classes } from "../../ui/Button";
import { DayLink } from "../../ui/DayLink";
import { Markdown } from "../../ui/Markdown";
import type { Head, Period, Quotation, State } from "./types";
import { words } from "./words";

const states: Record<State, { name: string; tone?: "good" | "warn" | "bad" }> = {
  running: { name: words.parts.reading },
  waiting: { name: words.parts.waiting },
  complete: { name: words.parts.complete, tone: "good" },
  partial: { name: words.parts.incomplete, tone: "warn" },
  failed: { name: words.parts.failed, tone: "bad" },
  cancelled: { name: words.parts.cancelled, tone: "warn" },
};

/** StateChip says how far an analysis is. */
export function StateChip({ status }: { status: State }) {
  const { name, tone } = states[status] ?? { name: status };
  return <span className={classes("chip", tone)}>{name}</span>;
}

/** nameOfPeriod is how a time is called: its name, its year, or its days. */
export function nameOfPeriod({ from, to, name }: Period): string {
  if (name) return name;
  if (from.endsWith("-01-01") && to.endsWith("-12-31") && from.slice(0, 4) === to.slice(0, 4)) return String(Number(from.slice(0, 4)));
  return `${shortDay(from)} – ${shortDay(to)}`;
}

/** scopeOf says which part of the journal is looked at; "" for all of it. */
export function scopeOf({ from, to, tags, periods }: Pick<Head, "from" | "to" | "tags" | "periods">): string {
  const times = periods.length ? periods.map(nameOfPeriod).join(" and ") : from && to ? nameOfPeriod({ from, to }) : from ? `since ${shortDay(from)}` : to ? `until ${shortDay(to)}` : "";
  return [times, tags.join(" ")].filter(Boolean).join(", ");
}

/** Prose is what a model wrote. Quotations in it that nobody wrote are marked by the server, and look it. */
export function Prose({ text }: { text: string }) {
  return (
    <div className="prose" dir="auto">
      <Markdown kind="answer" text={text} />
    </div>
  );
}

/**
 * Quotations shows what stands in the journal, word for word, each with its
 * day. What does not stand there is told apart, and is shown as no quotation.
 */
export function Quotations({ quotations, label = words.parts.ownWords }: { quotations: readonly Quotation[]; label?: string }) {
  const found = quotations.filter((q) => q.verified);
  const others = quotations.filter((q) => !q.verified);
  return (
    <>
      {found.length > 0 && (
        <ul role="list" className="quotations" aria-label={label}>
          {found.map((q, i) => (
            <li key={i}>
              <blockquote dir="auto">
                <p>{q.text}</p>
              </blockquote>
              {q.date && (
                <p className="quotation-day">
                  <DayLink day={q.date} entry={q.entry_id ?? undefined} start={q.start ?? undefined} end={q.end ?? undefined} />
                </p>
              )}
            </li>
          ))}
        </ul>
      )}
      {others.length > 0 && <Unfound quotations={others} />}
    </>
  );
}

function Unfound({ quotations }: { quotations: readonly Quotation[] }) {
  return (
    <details className="unfound">
      <summary>
        {quotations.length === 1 ? words.parts.oneQuotation : words.parts.quotations(quotations.length)} <strong>{words.parts.notFound(quotations.length)}</strong>
      </summary>
      <p className="hint">{quotations.length === 1 ? words.parts.notVerbatimOne : words.parts.notVerbatim}</p>
      <ul>
        {quotations.map((q, i) => (
          <li key={i} dir="auto">
            {q.text}
          </li>
        ))}
      </ul>
    </details>
  );
}
