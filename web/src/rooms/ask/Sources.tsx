import { shortDay, weekday } from "../../lib/dates";
import { classes } from "../../ui/Button";
import { Lock } from "../../ui/Lock";
import { isDaily, type Cited, type Source } from "./source";

interface Props {
  text: string;
  citations: ReadonlyMap<number, Source>;
  cited: Cited | null;
  message: string;
  onOpen: (number: number) => void;
}

/** Sources lists the passages that an answer cites. */
export function Sources({ text, citations, cited, message, onOpen }: Props) {
  const numbers = new Set([...text.matchAll(/\[(\d{1,3})\]/g)].map((match) => Number(match[1])));
  const used = [...citations.values()].filter((c) => numbers.has(c.number)).sort((a, b) => a.number - b.number);
  if (used.length === 0) return null;
  return (
    <section className="sources" aria-label="Sources">
      <ol role="list">
        {used.map((source) => (
          <li key={source.number}>
            <button type="button" className={classes("source", cited?.number === source.number && cited.message === message && "current")} onClick={() => onOpen(source.number)}>
              <span className="source-number">{source.number}</span>
              <span className="source-day">
                {isDaily(source) ? (
                  <>
                    {shortDay(source.date)} <span className="hint">{weekday(source.date)}</span>
                  </>
                ) : (
                  source.title
                )}{" "}
                <Lock on={source.private} />
              </span>
              {source.words && <span className="source-words">{source.words}</span>}
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}
