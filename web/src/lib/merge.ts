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

/**
 * merge brings together what two people made of one text. Where both changed
 * the same words, both versions are there, one after the other; `both` counts
 * those places.
 */
export function merge(base: string, mine: string, theirs: string): { text: string; both: number } {
  let both = 0;
  const beside = (a: string, b: string) => {
    both++;
    return a && b && !/\s$/.test(a) && !/^\s/.test(b) ? `${a} ${b}` : a + b;
  };
  const text = together(linesOf(mine), linesOf(base), linesOf(theirs), (a, o, b) => {
    const [mineWords, baseWords, theirWords] = [wordsOf(a), wordsOf(o), wordsOf(b)];
    if (!alike(baseWords, mineWords) || !alike(baseWords, theirWords)) return beside(a, b);
    return together(mineWords, baseWords, theirWords, (x, _, y) => beside(x, y));
  });
  return { text: text.replace(/\n$/, ""), both };
}

/** together merges changes of one side and reports those of both. */
function together(a: string[], o: string[], b: string[], clash: (a: string, o: string, b: string) => string): string {
  let text = "";
  for (const region of diff3Merge(a, o, b, { excludeFalseConflicts: true })) {
    if (region.ok) text += region.ok.join("");
    else if (region.conflict) text += clash(region.conflict.a.join(""), region.conflict.o.join(""), region.conflict.b.join(""));
  }
  return text;
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
