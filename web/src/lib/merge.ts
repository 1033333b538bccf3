import { diffWordsWithSpace } from "diff";
import { diff3Merge } from "node-diff3";

/** Piece is a part of a text: what both have, or one alone. */
export interface Piece {
  text: string;
  own: boolean;
}

/** compare says of each text which of its words the other lacks. Texts that differ too much to be compared are their own as a whole. */
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
  const words = (a: string, o: string, b: string) => {
    let text = "";
    for (const region of diff3Merge(wordsOf(a), wordsOf(o), wordsOf(b), { excludeFalseConflicts: true })) {
      if (region.ok) {
        text += region.ok.join("");
      } else if (region.conflict) {
        both++;
        const ours = region.conflict.a.join("");
        const other = region.conflict.b.join("");
        text += ours && other && !/\s$/.test(ours) ? `${ours} ${other}` : ours + other;
      }
    }
    return text;
  };
  let text = "";
  for (const region of diff3Merge(linesOf(mine), linesOf(base), linesOf(theirs), { excludeFalseConflicts: true })) {
    if (region.ok) text += region.ok.join("");
    else if (region.conflict) text += words(region.conflict.a.join(""), region.conflict.o.join(""), region.conflict.b.join(""));
  }
  return { text, both };
}

const linesOf = (text: string) => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
const wordsOf = (text: string) => text.match(/\s+|\S+\s*/g) ?? [];
