import { shortDay, weekday } from "../../lib/dates";
import { classes } from "../../ui/Button";
import { Lock } from "../../ui/Lock";
import { byNote, citedIn, isDaily, nameOf, quoteOf, type Cited, type Source } from "./source";
import { words } from "./words";

interface Props {
  text: string;
  citations: ReadonlyMap<number, Source>;
  cited: Cited | null;
  message: string;
  onOpen: (number: number) => void;
}

/** Sources lists the passages that an answer cites, by day. */
export function Sources({ text, citations, cited, message, onOpen }: Props) {
  const groups = byNote(citedIn(text, citations));
  if (groups.length === 0) return null;
  return (
    <div className="sources" role="group" aria-label={words.sources}>
      <ol role="list">
        {groups.map((group) => (
          <li key={group[0].entry_id} className="source-group">
            <p className="source-day">
              {isDaily(group[0]) ? (
                <>
                  {shortDay(group[0].date)} <span className="hint">{weekday(group[0].date)}</span>
                </>
              ) : (
                group[0].title
              )}{" "}
              <Lock on={group[0].private} />
            </p>
            <div className="source-passages">
              {group.map((source) => (
                <button
                  key={source.number}
                  type="button"
                  className={classes("source", cited?.number === source.number && cited.message === message && "current")}
                  aria-label={quoteOf(source) ? undefined : words.source(source.number, nameOf(source))}
                  onClick={() => onOpen(source.number)}
                >
                  <span className="source-number">{source.number}</span>
                  <Words source={source} />
                </button>
              ))}
            </div>
          </li>
        ))}
      </ol>
    </div>
  );
}

function Words({ source }: { source: Source }) {
  const quote = quoteOf(source);
  if (quote) return <span className="source-words" dir="auto">{quote}</span>;
  return <span className="source-words hint">{quote === "" ? words.picture : ""}</span>;
}
