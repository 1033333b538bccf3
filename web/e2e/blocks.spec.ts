import { expect, test } from "@playwright/test";
import { Blocks } from "../src/lib/blocks";
import { pointsOf, spanOfBytes, spanOfPoints } from "../src/lib/offsets";

// Every text is given as it grows, some characters at a time.
function grown(text: string, step = 1) {
  const blocks = new Blocks();
  let list = blocks.update("");
  let changed = 0;
  for (let i = step; i < text.length + step; i += step) {
    const next = blocks.update(text.slice(0, i));
    changed += next.filter((block, n) => list[n] !== block).length;
    list = next;
  }
  return { list, changed };
}

const samples = {
  paragraphs: "One.\n\nTwo is *longer*\nand goes on.\n\nThree.",
  fences: "Before\n\n```js\nconst a = 1;\n\n# no heading\n```\n\nAfter",
  lists: "- one\n- two\n\n  still two\n- three\n\nAfter\n\n1. a\n2. b",
  quotes: "**4 June 2023** [1]\n> FIRST\n> second\n\n> third\n\nEnd",
  tables: "| a | b |\n| - | - |\n| 1 | 2 |\n\nAfter\n\n| a | b |\n| - | - |\n| 1 | 2 |",
  headings: "Title\n=====\n\n## Two\ntext\n---\nmore",
  html: "<script>alert(1)</script>\n\n<div>\n\ntext\n\n</div>",
};

for (const [name, text] of Object.entries(samples)) {
  test(`blocks of ${name} are the same however they come, and nothing is lost`, () => {
    const { list } = grown(text);
    expect(list.map((b) => b.text).join("")).toBe(text);
    expect(list).toEqual([...new Blocks().update(text)]);
  });
}

test("a long line that goes on is not cut anew, and what a new line begins is", () => {
  const blocks = new Blocks();
  const line = "A line that is long enough to be known as a paragraph";
  expect(blocks.update(line).map((b) => b.text)).toEqual([line]);
  expect(blocks.update(`${line} and goes on`).map((b) => b.text)).toEqual([`${line} and goes on`]);
  const more = `${line} and goes on\n- an item that is a list, and long enough as well\n\n# A heading\nThe end`;
  expect(blocks.update(more)).toEqual([...new Blocks().update(more)]);
  expect(blocks.update(`${more}.`).length).toBe(4);
});

test("only the last block changes as a text grows", () => {
  const text = Array.from({ length: 60 }, (_, i) => `Paragraph ${i} says something.`).join("\n\n");
  const { list, changed } = grown(text);
  expect(list.length).toBe(60);
  expect(changed).toBeLessThan(text.length + 200);
});

test("long paragraphs and lists are cut where nothing is open", () => {
  const sentence = "The sea was cold, and **very** green [1]. ";
  const paragraph = grown(sentence.repeat(300), 50).list;
  expect(paragraph.length).toBeGreaterThan(3);
  expect(paragraph.slice(1).every((b) => b.on === "paragraph")).toBe(true);
  for (const { text } of paragraph) expect((text.match(/\*\*/g) ?? []).length % 2).toBe(0);
  const list = grown("- An item of a list that is long.\n".repeat(300), 50).list;
  expect(list.length).toBeGreaterThan(2);
  expect(list.slice(1).every((b) => b.on === "list" && b.text.startsWith("- "))).toBe(true);
});

test("a text that is another one begins anew", () => {
  const blocks = new Blocks();
  blocks.update("One.\n\nTwo.");
  expect(blocks.update("Three.").map((b) => b.text)).toEqual(["Three."]);
});

test("places in a text are counted in points, bytes and units", () => {
  const text = "Ja, 🌊 über den Öl-Teich";
  const at = (s: string) => text.slice(s.length ? text.indexOf(s) : 0, text.indexOf(s) + s.length);
  const bytes = (s: string) => new TextEncoder().encode(s).length;
  for (const word of ["🌊", "über", "Öl", "Teich"]) {
    const before = text.slice(0, text.indexOf(word));
    const points = [...before].length;
    const byPoints = spanOfPoints(text, points, points + [...word].length);
    const byBytes = spanOfBytes(text, bytes(before), bytes(before) + bytes(word));
    expect(text.slice(byPoints.start, byPoints.end)).toBe(at(word));
    expect(byBytes).toEqual(byPoints);
    expect(pointsOf(text, byPoints.start)).toBe(points);
  }
  expect(spanOfPoints(text, 1000, 2000)).toEqual({ start: text.length, end: text.length });
});
