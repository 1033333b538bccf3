import { count } from "../../lib/dates";
import { nameOf } from "./periods";
import type { Mark, Summary } from "./types";
import { words as text } from "./words";

const kinds: { kind: Mark["kind"]; name: string }[] = [
  { kind: "word", name: text.marks.words },
  { kind: "name", name: text.marks.names },
  { kind: "tag", name: text.marks.tags },
];

/** Marks lists what marks each year against the others, or each month of a journal of one year. */
export function Marks({ summary, onWord, level = 2 }: { summary: Pick<Summary, "compared" | "months" | "years">; onWord?: (word: string) => void; level?: 2 | 3 }) {
  const months = summary.compared === "months";
  const times = months
    ? summary.months.map(({ month, ...rest }) => ({ name: nameOf(month), ...rest }))
    : summary.years.map(({ year, ...rest }) => ({ name: String(year), ...rest }));
  const Heading = level === 2 ? "h2" : "h3";
  const Time = level === 2 ? "h3" : "h4";
  if (times.length === 0) return null;
  return (
    <section aria-labelledby="marks">
      <Heading id="marks">{text.marks.title(months ? text.marks.month : text.marks.year)}</Heading>
      <p className="hint marks-hint">
        {summary.compared === "nothing"
          ? text.marks.tooLittle
          : text.marks.about(months ? text.marks.months : text.marks.years)}
      </p>
      <ol role="list" className="marks">
        {times.map((time) => (
          <li key={time.name}>
            <header>
              <Time>{time.name}</Time>
              <p className="hint">
                {text.marks.day(time.days)} · {text.marks.word(time.words)}
              </p>
            </header>
            <dl>
              {kinds.map(({ kind, name }) => (
                <Kind key={kind} name={name} marks={time.marks.filter((mark) => mark.kind === kind)} onWord={onWord} />
              ))}
            </dl>
            {time.marks.length === 0 && summary.compared !== "nothing" && <p className="hint">{text.marks.nothing}</p>}
          </li>
        ))}
      </ol>
    </section>
  );
}

function Kind({ name, marks, onWord }: { name: string; marks: readonly Mark[]; onWord?: (word: string) => void }) {
  if (marks.length === 0) return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <ul role="list">
          {marks.map(({ term, days }) => (
            <li key={term}>
              {onWord ? (
                <button type="button" className="mark-term" title={text.marks.showOverTime(days)} onClick={() => onWord(term)}>
                  {term} <span aria-label={text.marks.onDays(days)}>{count(days)}</span>
                </button>
              ) : (
                <span className="mark-term" title={text.marks.onDaysTitle(days)}>
                  {term} <span aria-hidden>{count(days)}</span>
                </span>
              )}
            </li>
          ))}
        </ul>
      </dd>
    </div>
  );
}
