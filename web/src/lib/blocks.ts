import { fromMarkdown } from "mdast-util-from-markdown";
import { gfm } from "micromark-extension-gfm";
import { disabled } from "./markdown";

/** Block is a separately rendered piece of an answer. */
export interface Block {
  text: string;
  /** It goes on with the paragraph, or the list, of the block before: one that is too long to be rendered whole again and again. */
  on?: "paragraph" | "list";
}

const extensions = [gfm(), { disable: { null: disabled } }];

/** A paragraph of more characters than this is cut at the ends of sentences, a list between its items. */
const longest = 3000;

/** From so many characters on, a line has shown whether it begins a block. */
const known = 40;

/**
 * Blocks cuts a text that grows at its end into blocks. Only the last of them
 * changes as it grows, so that only the last needs to be rendered again.
 */
export class Blocks {
  private text = "";
  private done: Block[] = [];
  private at = 0; // offset of the last block
  private on: Block["on"]; // what it continues

  /** update takes the text so far and returns its blocks; those that did not change are the same objects. */
  update(text: string): readonly Block[] {
    const same = text.startsWith(this.text);
    if (!same) {
      this.done = [];
      this.at = 0;
      this.on = undefined;
    }
    const inLine = same && this.inLine(text.slice(this.text.length));
    this.text = text;
    if (!inLine) this.cut();
    const rest = text.slice(this.at);
    return rest.trim() === "" ? [...this.done] : [...this.done, this.block(rest)];
  }

  /** inLine reports whether what is added only makes a line longer that is a part of the last block already. */
  private inLine(added: string): boolean {
    const line = this.text.length - this.text.lastIndexOf("\n") - 1;
    return added !== "" && !/[\r\n]/.test(added) && line >= known && this.text.length - this.at < longest;
  }

  private block(text: string): Block {
    return this.on ? { text, on: this.on } : { text };
  }

  private cut() {
    const rest = this.text.slice(this.at);
    const tree = fromMarkdown(rest, { extensions });
    // Each begins with its line, whatever of that its own place leaves out.
    const starts = tree.children.map((child, i) => (i === 0 ? 0 : rest.lastIndexOf("\n", (child.position?.start.offset ?? 0) - 1) + 1));
    for (let i = 1; i < starts.length; i++) {
      this.done.push(this.block(rest.slice(starts[i - 1], starts[i])));
      this.on = undefined;
    }
    const last = tree.children.at(-1);
    const start = starts.length > 1 ? (starts.at(-1) as number) : 0;
    const base = this.at;
    this.at += start;
    if (last?.type === "paragraph") this.cutParagraph();
    if (last?.type === "list") this.cutList(base, last.children.map((item) => item.position?.start.offset ?? 0));
  }

  private cutParagraph() {
    for (let rest = this.text.slice(this.at); rest.length > longest; rest = this.text.slice(this.at)) {
      const end = sentenceEnd(rest.slice(0, longest));
      if (end === 0) return;
      this.take(this.at + end, "paragraph");
    }
  }

  // The last item may still grow; those before it are done.
  private cutList(base: number, items: readonly number[]) {
    const last = base + (items.at(-1) ?? 0);
    if (this.text.length - this.at > longest && last > this.at) this.take(last, "list");
  }

  private take(end: number, on: Block["on"]) {
    this.done.push(this.block(this.text.slice(this.at, end)));
    this.at = end;
    this.on = on;
  }
}

/** sentenceEnd is behind the last sentence of a text after which nothing is open and what follows can only be words; 0 for none. */
function sentenceEnd(text: string): number {
  const ends = [...text.matchAll(/[.!?…][”"’)\]]*\s+(?=[\p{L}“"(])/gu)].map((match) => match.index + match[0].length);
  return ends.reverse().find((end) => end > longest / 4 && closed(text.slice(0, end))) ?? 0;
}

function closed(text: string): boolean {
  const odd = (mark: RegExp) => (text.match(mark)?.length ?? 0) % 2 === 1;
  return !odd(/\*/g) && !odd(/_/g) && !odd(/`/g) && !odd(/~/g) && (text.match(/[[(]/g)?.length ?? 0) === (text.match(/[\])]/g)?.length ?? 0) && (text.match(/“/g)?.length ?? 0) === (text.match(/”/g)?.length ?? 0);
}
