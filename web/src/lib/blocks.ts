import { fromMarkdown } from "mdast-util-from-markdown";
import { gfm } from "micromark-extension-gfm";
import { disabled } from "./markdown";

/** Block is a piece of an answer that is rendered by itself. */
export interface Block {
  text: string;
  /** Part of a paragraph that is too long to be rendered whole again and again: its first part, or a later one. */
  run?: "first" | "more";
}

const extensions = [gfm(), { disable: { null: disabled } }];

/** A paragraph of more characters than this is cut at the ends of sentences. */
const longest = 3000;

/**
 * Blocks cuts a text that grows at its end into blocks. Only the last of them
 * changes as it grows, so that only the last needs to be rendered again.
 */
export class Blocks {
  private text = "";
  private done: Block[] = [];
  private at = 0; // where the last block begins
  private inRun = false; // it goes on with a paragraph that was cut

  /** update takes the text so far and returns its blocks; those that did not change are the same objects. */
  update(text: string): readonly Block[] {
    if (!text.startsWith(this.text)) {
      this.done = [];
      this.at = 0;
      this.inRun = false;
    }
    this.text = text;
    this.cut();
    const rest = text.slice(this.at);
    return rest.trim() === "" ? [...this.done] : [...this.done, this.block(rest)];
  }

  private block(text: string): Block {
    return this.inRun ? { text, run: "more" } : { text };
  }

  private cut() {
    const rest = this.text.slice(this.at);
    const tree = fromMarkdown(rest, { extensions });
    const starts = tree.children.map((child) => child.position?.start.offset ?? 0);
    for (let i = 1; i < starts.length; i++) {
      this.done.push(this.block(rest.slice(starts[i - 1], starts[i])));
      this.inRun = false;
    }
    const last = tree.children.at(-1);
    this.at += starts.length > 1 ? (starts.at(-1) as number) : 0;
    if (last?.type === "paragraph") this.cutParagraph();
  }

  private cutParagraph() {
    for (let rest = this.text.slice(this.at); rest.length > longest; rest = this.text.slice(this.at)) {
      const end = sentenceEnd(rest.slice(0, longest));
      if (end === 0) return;
      this.done.push({ text: rest.slice(0, end), run: this.inRun ? "more" : "first" });
      this.at += end;
      this.inRun = true;
    }
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
