import type { Page } from "./types";

/** PagePart is a part of a page, as shares of its height from the top. */
export interface PagePart {
  from: number;
  to: number;
}

const least = 0.04; // a line or two: where words are on a page is known roughly

/**
 * partOf tells about where words are on a page: as far down as they are in the page's text. Start and end are code points
 * of the note's text. It is null for words that are not the page's, and where the page's place in the text is not known.
 */
export function partOf(page: Pick<Page, "start" | "end">, start: number, end: number): PagePart | null {
  if (page.start === null || page.end === null || page.end <= page.start || start < 0) return null;
  if (start >= page.end || end <= page.start) return null;
  const length = page.end - page.start;
  const from = Math.max(start - page.start, 0) / length;
  const to = Math.min(end - page.start, length) / length;
  if (to - from >= least) return { from, to };
  const middle = Math.min(Math.max((from + to) / 2, least / 2), 1 - least / 2);
  return { from: middle - least / 2, to: middle + least / 2 };
}
