// The API counts in Unicode code points (passages, pages, quotations) or in
// UTF-8 bytes (citations); strings here count UTF-16 units.

/** Span is a part of a text, in UTF-16 units. */
export interface Span {
  start: number;
  end: number;
}

/** spanOfPoints turns a span of code points into one of UTF-16 units. */
export function spanOfPoints(text: string, start: number, end: number): Span {
  return walk(text, start, end, () => 1);
}

/** spanOfBytes turns a span of UTF-8 bytes into one of UTF-16 units. */
export function spanOfBytes(text: string, start: number, end: number): Span {
  return walk(text, start, end, (code) => (code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4));
}

function walk(text: string, start: number, end: number, size: (code: number) => number): Span {
  const span = { start: text.length, end: text.length };
  let units = 0;
  let count = 0;
  while (units < text.length && count < end) {
    if (count >= start && units < span.start) span.start = units;
    const code = text.codePointAt(units) as number;
    count += size(code);
    units += code > 0xffff ? 2 : 1;
  }
  if (count >= start && units < span.start) span.start = units;
  span.end = Math.max(units, span.start);
  return span;
}

/** pointsOf counts the code points before a place in a text. */
export function pointsOf(text: string, units: number): number {
  let n = 0;
  for (let i = 0; i < Math.min(units, text.length); n++) i += (text.codePointAt(i) as number) > 0xffff ? 2 : 1;
  return n;
}
