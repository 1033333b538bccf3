import { count, many } from "../../lib/dates";
import { nameOf } from "./periods";
import type { Mark, Summary } from "./types";

const kinds: { kind: Mark["kind"]; name: string }[] = [
  { kind: "word", name: "Words" },
  { kind: "name", name: "Names" },
  { kind: "tag", name: "Tags" },
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
      <Heading id="marks">What marks each {months ? "month" : "year"}</Heading>
      <p className="hint marks-hint">
        {summary.compared === "nothing"
          ? "There is too little yet to tell one time from another."
          : `Words, names and tags that are on more of its days than on those of the other ${months ? "months" : "years"}. Counted, without a model.`}
      </p>
      <ol role="list" className="marks">
        {times.map((time) => (
          <li key={time.name}>
            <header>
              <Time>{time.name}</Time>
              <p className="hint">
                {many(time.days, "day")} · {many(time.words, "word")}
              </p>
            </header>
            <dl>
              {kinds.map(({ kind, name }) => (
                <Kind key={kind} name={name} marks={time.marks.filter((mark) => mark.kind === kind)} onWord={onWord} />
              ))}
            </dl>
            {time.marks.length === 0 && summary.compared !== "nothing" && <p className="hint">Nothing that is not in the others as well.</p>}
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
                <button type="button" className="mark-term" title={`On ${many(days, "day")}. Show it over time`} onClick={() => onWord(term)}>
                  {term} <span aria-label={`on ${many(days, "day")}`}>{count(days)}</span>
                </button>
              ) : (
                <span className="mark-term" title={`On ${many(days, "day")}`}>
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
