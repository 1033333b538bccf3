import { Search } from "lucide-react";
import { memo } from "react";
import type { AnswerState } from "../../lib/answers";
import { Link } from "wouter";
import { entryPath } from "../../lib/links";
import type { Found, Look } from "../../lib/types";
import { DayLink } from "../../ui/DayLink";
import { isDaily, type Source } from "./source";
import { words as text } from "./words";

/** tools are an agent's, as it looks with them. */
const tools: Record<string, string> = { search: text.trace.searched, read_days: text.trace.readDays, recent_days: text.trace.readNewestDays, open_day: "opened", count_mentions: "counted" };

interface Props extends Pick<AnswerState, "phase" | "looks" | "found"> {
  /** There is text. */
  begun: boolean;
  read: readonly Source[];
}

/** Trace says which notes were read for an answer, and what else was looked at: while it is looked at, and afterwards for whoever wants to know. */
export const Trace = memo(function Trace({ phase, looks, found, begun, read }: Props) {
  if (phase === "asking" && looks.length === 0 && !found) {
    return (
      <p className="trace-now">
        <Search aria-hidden /> {text.trace.searching}
      </p>
    );
  }
  const days = read.length;
  if (!found && looks.length === 0) return null;
  const open = phase === "asking" || (looks.length > 0 && phase === "writing" && !begun);
  const summary = found ? (days === 0 ? (found.intent === "none" ? text.trace.noSearch : text.trace.nothing) : text.trace.looked(days)) : text.trace.searching;
  return (
    <details className="trace" open={open || undefined}>
      <summary>
        {summary}
        {looks.length > 0 && text.trace.looks(looks.length)}
        {found?.mentions && text.trace.counted}
      </summary>
      {looks.length > 0 && (
        <ol className="trace-looks">
          {looks.map((look, i) => (
            <LookLine key={i} look={look} />
          ))}
        </ol>
      )}
      {found?.mentions && <Counted mentions={found.mentions} />}
      {days > 0 && found && (
        <ul role="list" className="trace-days" aria-label={text.trace.notesWereRead}>
          {(looks.length > 0 || found.mentions) && <li aria-hidden>{text.trace.read}</li>}
          {read.map((source) => (
            <li key={source.entry_id}>
              {isDaily(source) ? (
                <DayLink day={source.date} entry={source.entry_id} form="short" className="chip" />
              ) : (
                <Link href={entryPath({ id: source.entry_id, kind: "evergreen", date: source.date })} className="chip">
                  {source.title}
                </Link>
              )}
            </li>
          ))}
        </ul>
      )}
      {phase === "asking" && found && <p className="trace-now">{text.trace.readingThem}</p>}
    </details>
  );
});

function LookLine({ look }: { look: Look }) {
  return (
    <li>
      {look.reasoning && <p>{look.reasoning}</p>}
      <p className="hint">
        {tools[look.tool] ?? look.tool} {look.query && <q>{look.query}</q>} {text.trace.found(look.results_count, look.new_entries_added)}
      </p>
    </li>
  );
}

function Counted({ mentions }: { mentions: NonNullable<Found["mentions"]> }) {
  return (
    <div className="trace-counted">
      <p>
        {text.trace.day(mentions.words.map((w) => `“${w}”`).join(" with "), mentions.count)}
        {mentions.spelled.length > 0 && text.trace.alsoSpelled(mentions.spelled.map((w) => `“${w}”`).join(", "))}
      </p>
      <ul role="list" className="trace-days">
        {mentions.days.map((day) => (
          <li key={day}>
            <DayLink day={day} form="short" className="chip" />
          </li>
        ))}
      </ul>
    </div>
  );
}
