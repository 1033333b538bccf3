import { diffArrays, diffWordsWithSpace } from "diff";
import { diff3Merge } from "node-diff3";

/** Piece is a part of a text that both have, or only one. */
export interface Piece {
  text: string;
  own: boolean;
}

/** compare returns, for each text, the words that the other lacks. Texts that differ too much are different as a whole. */
export function compare(a: string, b: string): { a: Piece[]; b: Piece[] } {
  const changes = diffWordsWithSpace(a, b, { timeout: 1500 });
  if (!changes) return { a: [{ text: a, own: true }], b: [{ text: b, own: true }] };
  const of = (mine: "removed" | "added", other: "removed" | "added") =>
    changes.filter((change) => !change[other]).map((change) => ({ text: change.value, own: change[mine] }));
  return { a: of("removed", "added"), b: of("added", "removed") };
}

/** Clash is a place where two people changed the same words, with what was there before. */
export interface Clash {
  mine: string;
  base: string;
  theirs: string;
}

/**
 * mergeParts brings together what two people made of one text: what merges is a
 * string, and what does not a Clash.
 */
export function mergeParts(base: string, mine: string, theirs: string): (string | Clash)[] {
  const parts = regions(linesOf(mine), linesOf(base), linesOf(theirs)).flatMap((part) => {
    if (typeof part === "string") return part;
    const [mineWords, baseWords, theirWords] = [wordsOf(part.mine), wordsOf(part.base), wordsOf(part.theirs)];
    return alike(baseWords, mineWords) && alike(baseWords, theirWords) ? regions(mineWords, baseWords, theirWords) : part;
  });
  const joined: (string | Clash)[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if (typeof part === "string" && typeof last === "string") joined[joined.length - 1] = last + part;
    else joined.push(part);
  }
  return joined;
}

/** bothOf is what both wrote in a place, one after the other. */
export function bothOf({ mine, theirs }: Clash): string {
  return mine && theirs && !/\s$/.test(mine) && !/^\s/.test(theirs) ? `${mine} ${theirs}` : mine + theirs;
}

/** joinParts makes a text of parts; choose says what is there in place of the n-th clash. */
export function joinParts(parts: readonly (string | Clash)[], choose: (clash: Clash, n: number) => string = bothOf): string {
  let n = 0;
  return parts.map((part) => (typeof part === "string" ? part : choose(part, n++))).join("").replace(/\n$/, "");
}

/**
 * merge is mergeParts as one text. Where both changed the same words, both
 * versions are there, one after the other; `both` counts those places.
 */
export function merge(base: string, mine: string, theirs: string): { text: string; both: number } {
  const parts = mergeParts(base, mine, theirs);
  return { text: joinParts(parts), both: parts.filter((part) => typeof part !== "string").length };
}

/** regions are what merges of two sides, and where both changed the same. */
function regions(a: string[], o: string[], b: string[]): (string | Clash)[] {
  return diff3Merge(a, o, b, { excludeFalseConflicts: true }).flatMap((region): (string | Clash)[] => {
    if (region.ok) return [region.ok.join("")];
    if (region.conflict) return [{ mine: region.conflict.a.join(""), base: region.conflict.o.join(""), theirs: region.conflict.b.join("") }];
    return [];
  });
}

/** alike reports whether two texts are versions of one: merging texts with little in common takes very long and makes no sense. */
function alike(base: string[], other: string[]): boolean {
  if (base.length === 0) return true;
  const changes = diffArrays(base, other, { timeout: 250 });
  if (!changes) return false;
  const same = changes.reduce((n, change) => (change.added || change.removed ? n : n + change.count), 0);
  return 2 * same >= Math.min(base.length, other.length);
}

const linesOf = (text: string) => `${text}\n`.match(/[^\n]*\n/g) ?? [];
const wordsOf = (text: string) => text.match(/\n|[^\S\n]*[\p{L}\p{N}_]+|[^\S\n]*[^\s\p{L}\p{N}_]|[^\S\n]+/gu) ?? [];

/** Change is a part of a text and whether it is only in the newer one, only in the older one, or in both. */
export interface Change {
  text: string;
  in: "old" | "new" | "both";
}

/** changes lists what was deleted from a text and added to it. Null for texts that differ too much to be compared. */
export function changes(old: string, now: string): Change[] | null {
  const list = diffWordsWithSpace(old, now, { timeout: 1500 });
  return list ? list.map((change) => ({ text: change.value, in: change.removed ? "old" : change.added ? "new" : "both" })) : null;
}

/** distance counts the characters that were changed between two texts. */
function distance(a: string, b: string): number {
  const list = diffArrays(wordsOf(a), wordsOf(b), { timeout: 500 });
  if (!list) return Infinity;
  return list.reduce((n, change) => (change.added || change.removed ? n + change.value.join("").length : n), 0);
}

/** nearest is the text of a list that another is most like: the first of several that are as like. */
export function nearest(texts: string[], to: string): string {
  let best = texts[0] ?? "";
  let least = distance(best, to);
  for (const text of texts.slice(1)) {
    const d = distance(text, to);
    if (d < least) [best, least] = [text, d];
  }
  return best;
}

/**
 * reconcile brings two versions together by the one of the candidates, newest
 * first, that theirs was made from. It returns null where both changed the same
 * words, where theirs is only an older version, and where nothing of one would
 * be in the result: a person has to look at that.
 */
export function reconcile(candidates: string[], mine: string, theirs: string): string | null {
  if (candidates.slice(1).includes(theirs)) return null;
  const base = nearest(candidates, theirs);
  const { text, both } = merge(base, mine, theirs);
  return both > 0 || text === theirs || text === mine ? null : text;
}
