import { expect, test } from "@playwright/test";
import { changes, compare, joinParts, merge, mergeParts, nearest, reconcile } from "../src/lib/merge";

test("changes in different places are both there", () => {
  expect(merge("What was there before.", "What was there before.\n\nA paragraph of mine.", "What was there before, said Obsidian.")).toEqual({
    text: "What was there before, said Obsidian.\n\nA paragraph of mine.",
    both: 0,
  });
  expect(merge("one\ntwo\nthree", "one\ntwo\nthree\nfour", "zero\none\ntwo\nthree")).toEqual({ text: "zero\none\ntwo\nthree\nfour", both: 0 });
  expect(merge("same", "same", "other")).toEqual({ text: "other", both: 0 });
});

test("of what both changed, both versions are there", () => {
  expect(merge("a b c", "a x c", "a y c")).toEqual({ text: "a x y c", both: 1 });
  expect(merge("", "mine", "theirs")).toEqual({ text: "mine theirs", both: 1 });
});

test("only what does not merge is asked about, with what was there before", () => {
  const parts = mergeParts("a b c\nd e f\ng h i", "a x c\nd e f\ng h i, mine", "a y c\nd e f, theirs\ng h i");
  expect(parts.filter((part) => typeof part !== "string")).toEqual([{ mine: " x", base: " b", theirs: " y" }]);
  expect(joinParts(parts, ({ mine }) => mine)).toBe("a x c\nd e f, theirs\ng h i, mine");
  expect(joinParts(parts, ({ theirs }) => theirs)).toBe("a y c\nd e f, theirs\ng h i, mine");
  expect(joinParts(parts)).toBe("a x y c\nd e f, theirs\ng h i, mine");
});

test("no word of either is ever lost", () => {
  let state = 7;
  const random = (n: number) => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) % n;
  const base = Array.from({ length: 120 }, (_, i) => `w${i}${i % 9 === 8 ? "\n" : ""}`);
  const edited = (who: string) => {
    const words = [...base];
    for (let i = 0; i < 6; i++) words.splice(random(words.length), random(3), ...Array.from({ length: 1 + random(3) }, (_, k) => `${who}${i}.${k}`));
    return words;
  };
  for (let round = 0; round < 100; round++) {
    const [mine, theirs] = [edited("m"), edited("t")];
    const { text } = merge(base.join(" "), mine.join(" "), theirs.join(" "));
    for (const word of [...mine.filter((w) => w.startsWith("m")), ...theirs.filter((w) => w.startsWith("t"))]) expect(text).toContain(word);
  }
});

test("two texts that have little in common are told apart in time", () => {
  const long = Array.from({ length: 9000 }, (_, i) => ["the", "of", "sea", "harbour", `word${i % 700}`][i % 5]).join(" ");
  const started = Date.now();
  const other = long.split(" ").reverse().join(" ");
  expect(merge(long, other, long.replaceAll("sea", "see")).both).toBeGreaterThan(0);
  expect(compare(long, other).a.map((piece) => piece.text).join("")).toBe(long);
  expect(Date.now() - started).toBeLessThan(10_000);
});

test("two versions are brought together by what both were made from", () => {
  const old = "One line.\n\nAnother line.";
  const saved = `${old}\n\nSaved here.`;
  expect(nearest([saved, old], `Theirs.\n\n${old}`)).toBe(old);
  expect(nearest([saved, old], `Theirs.\n\n${saved}`)).toBe(saved);
  // A stale copy with something of its own has both.
  expect(reconcile([saved, old], saved, `Theirs.\n\n${old}`)).toBe(`Theirs.\n\n${saved}`);
  // One without anything of its own, one that took words away, and one of the same words do not go without being looked at.
  expect(reconcile([saved, old], saved, old)).toBeNull();
  expect(reconcile([saved, old], saved, saved.replace("Another line.\n\n", ""))).toBeNull();
  expect(reconcile([old], "One line of mine.\n\nAnother line.", "One line of theirs.\n\nAnother line.")).toBeNull();
  expect(reconcile(["a"], "b", "b")).toBeNull();
});

test("what changed between two versions is told word by word", () => {
  expect(changes("a b c", "a x c")).toEqual([
    { text: "a ", in: "both" },
    { text: "b", in: "old" },
    { text: "x", in: "new" },
    { text: " c", in: "both" },
  ]);
  expect(changes("same", "same")).toEqual([{ text: "same", in: "both" }]);
});
