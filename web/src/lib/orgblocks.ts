import type { Blockquote, Paragraph, Parent, PhrasingContent, Root, RootContent, Text } from "mdast";
import { visit } from "unist-util-visit";

const mark = /^#\+(BEGIN|END)_(QUOTE|NOTE|TIP|IMPORTANT|CAUTION|WARNING|PINNED|CENTER)[ \t]*$/i;
const marks = /^#\+(?:BEGIN|END)_(?:QUOTE|NOTE|TIP|IMPORTANT|CAUTION|WARNING|PINNED|CENTER)[ \t]*$/gim;

/** remarkOrgBlocks makes Logseq's blocks of Org mode quotations, or callouts: "#+BEGIN_QUOTE" to "#+END_QUOTE". */
export function remarkOrgBlocks() {
  return (tree: Root, file: { toString(): string }) => {
    if (!/#\+END_/i.test(file.toString())) return;
    visit(tree, (node) => {
      if ("children" in node && ["root", "listItem", "blockquote"].includes(node.type)) {
        const parent = node as Parent;
        parent.children = parent.children.flatMap((child): Parent["children"] => (child.type === "paragraph" ? parted(child) : [child]));
        join(parent);
      }
    });
  };
}

/** parted puts each mark of a paragraph into a paragraph of its own. */
function parted(paragraph: Paragraph): Paragraph[] {
  const parts: Paragraph[] = [{ ...paragraph, children: [] }];
  const next = (...children: PhrasingContent[]) => parts.push({ type: "paragraph", children });
  for (const child of paragraph.children) {
    const found = child.type === "text" ? [...child.value.matchAll(marks)] : [];
    let from = 0;
    for (const { index, 0: line } of found) {
      parts.at(-1)?.children.push(...piece(child as Text, from, index));
      next(...piece(child as Text, index, index + line.length));
      next();
      from = index + line.length;
    }
    parts.at(-1)?.children.push(...(from > 0 ? piece(child as Text, from) : [child]));
  }
  return parts.filter((part, i) => part.children.length > 0 || (i === 0 && parts.length === 1));
}

/** piece is a part of a text without the ends of lines around it; nothing if nothing is left. */
function piece(text: Text, from: number, to = text.value.length): Text[] {
  const all = text.value.slice(from, to);
  const value = all.replace(/^\n|\n$/g, "");
  if (value === "") return [];
  const { start, end } = text.position ?? {};
  if (start?.offset === undefined || end?.offset === undefined || end.offset - start.offset !== text.value.length) return [{ type: "text", value }];
  const at = start.offset + from + (all.startsWith("\n") ? 1 : 0);
  return [{ type: "text", value, position: { start: { ...start, offset: at }, end: { ...end, offset: at + value.length } } }];
}

/** markOf is what a paragraph marks: "BEGIN" or "END", and of what; undefined if it is no mark. */
function markOf(node: Parent["children"][number] | undefined): string[] | undefined {
  const text = node?.type === "paragraph" && node.children.length === 1 ? node.children[0] : undefined;
  return text?.type === "text" ? mark.exec(text.value)?.slice(1).map((word) => word.toUpperCase()) : undefined;
}

/** join puts what is between two marks into a quotation. A mark without another one is text. */
function join(parent: Parent) {
  for (let at = 0; at < parent.children.length; at++) {
    const [which, name = ""] = markOf(parent.children[at]) ?? [];
    if (which !== "BEGIN") continue;
    const length = parent.children.slice(at).findIndex((child) => markOf(child)?.join() === `END,${name}`);
    if (length > 0) parent.children.splice(at, length + 1, quotation(name, parent.children.slice(at + 1, at + length) as RootContent[]));
  }
}

function quotation(name: string, children: RootContent[]): Blockquote {
  const quote = { type: "blockquote", children } as Blockquote;
  if (name === "QUOTE" || name === "CENTER") return quote;
  const title: Paragraph = { type: "paragraph", children: [{ type: "strong", children: [{ type: "text", value: name.charAt(0) + name.slice(1).toLowerCase() }] }] };
  return { ...quote, children: [title, ...quote.children], data: { hProperties: { className: ["callout"] } } };
}
