import type { ReactNode } from "react";
import { spanOfPoints } from "../lib/offsets";

/** marked wraps the spans of a text, given in code points, in <mark>. */
export function marked(text: string, spans: readonly (readonly number[] | null)[]): ReactNode[] {
  const parts: ReactNode[] = [];
  let at = 0;
  for (const pair of spans) {
    const [from = 0, to = 0] = pair ?? [];
    const span = spanOfPoints(text, from, to);
    if (span.start < at) continue;
    parts.push(text.slice(at, span.start), <mark key={span.start}>{text.slice(span.start, span.end)}</mark>);
    at = span.end;
  }
  parts.push(text.slice(at));
  return parts;
}
