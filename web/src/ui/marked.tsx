import type { ReactNode } from "react";
import { spanOfPoints } from "../lib/offsets";
import { words } from "./words";

type Pairs = readonly (readonly number[] | null)[];

/** marked wraps the spans of a text, given in code points, in <mark>, and shows uncertain readings as such. */
export function marked(text: string, spans: Pairs, uncertain: Pairs = []): ReactNode[] {
  const parts: ReactNode[] = [];
  let at = 0;
  for (const pair of uncertain) {
    const span = spanOf(text, pair);
    if (span.start < at || span.end <= span.start) continue;
    parts.push(
      ...plainly(text, at, span.start, spans),
      <span key={`u${span.start}`} className="doubtful" title={words.markdown.uncertainReading}>
        {plainly(text, span.start + 1, span.end - 2, spans)}
        <span aria-hidden>?</span>
        <span className="visually-hidden"> {words.markdown.notSure}</span>
      </span>,
    );
    at = span.end;
  }
  parts.push(...plainly(text, at, text.length, spans));
  return parts;
}

const spanOf = (text: string, pair: readonly number[] | null) => spanOfPoints(text, pair?.[0] ?? 0, pair?.[1] ?? 0);

/** plainly is a part of a text with its spans marked. */
function plainly(text: string, from: number, to: number, spans: Pairs): ReactNode[] {
  const parts: ReactNode[] = [];
  let at = from;
  for (const pair of spans) {
    const span = spanOf(text, pair);
    if (span.start < at || span.end > to) continue;
    parts.push(text.slice(at, span.start), <mark key={span.start}>{text.slice(span.start, span.end)}</mark>);
    at = span.end;
  }
  parts.push(text.slice(at, to));
  return parts;
}
