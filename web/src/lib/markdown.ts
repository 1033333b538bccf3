import { findAndReplace, type FindAndReplaceList } from "mdast-util-find-and-replace";
import type { ListItem, Nodes, Parent, PhrasingContent, Root, Text } from "mdast";
import { defaultSchema } from "rehype-sanitize";
import remarkGfm from "remark-gfm";
import type { Processor } from "unified";
import { EXIT, SKIP, visit } from "unist-util-visit";
import { fileOf } from "./embeds";
import type { Span } from "./offsets";
import { remarkOrgBlocks } from "./orgblocks";
import { tags } from "./tags";

// How the Markdown of notes and of answers is read. Raw HTML is never parsed: of
// common tags the words are shown, any other is shown as the text that it is. The
// plugins below make elements "x-…" that Markdown itself cannot make;
// ui/Markdown.tsx says what they become.

/** Constructs with another meaning in a diary: indentation is not code, and "[1]:" is a citation before a colon. */
export const disabled = ["definition", "codeIndented"];

function remarkPlain(this: Processor) {
  const data = this.data() as { micromarkExtensions?: unknown[] };
  (data.micromarkExtensions ??= []).push({ disable: { null: disabled } });
}

/** GitHub's Markdown, but H~2~O is not struck through: note apps want two tildes for that. */
function remarkTables(this: Processor) {
  remarkGfm.call(this as never, { singleTilde: false });
}

/** Images become embeds, which are loaded from the vault alone. */
function remarkPictures() {
  return (tree: Root) => {
    visit(tree, "image", (node, index, parent: Parent | undefined) => {
      if (parent && index !== undefined) parent.children[index] = element("x-embed", [node.alt?.replace(/\|\d+(?:x\d+)?$/, ""), node.title].filter(Boolean).join(" ") || fileOf(node.url) || "picture", { dataTarget: fileOf(node.url) });
    });
  };
}

const inlineTag = /<\/?(?:u|sub|sup|span|font|b|i|em|strong|small|big|kbd|mark|s|del|ins)(?:\s[^<>]*)?\/?>/gi;
const blockTag = /<\/?(?:p|div|center|details|summary|br|hr|table|thead|tbody|tr|td|th|ul|ol|li|h[1-6]|blockquote|figure|figcaption|section|article)(?:\s[^<>]*)?\/?>/gi;
const characters: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0" };

/** wordsOfHtml is the text of HTML: what tags are known is left out, and where one of a block was, a word ends. */
function wordsOfHtml(html: string): string {
  return html
    .replace(blockTag, "\n")
    .replace(inlineTag, "")
    .replace(/\n{3,}/g, "\n\n")
    .replace(/&(amp|lt|gt|quot|apos|nbsp);/g, (all, name: string) => characters[name] ?? all);
}

/** Of HTML the words are shown. */
function remarkHtml() {
  return (tree: Root) => {
    visit(tree, "html", (node, index, parent: Parent | undefined) => {
      if (!parent || index === undefined) return;
      const block = parent.type === "root" || parent.type === "blockquote" || parent.type === "listItem";
      const text = wordsOfHtml(node.value);
      const words: Text = { type: "text", value: block ? text.trim() : text };
      parent.children[index] = (block ? { type: "paragraph", children: [words] } : words) as never;
    });
  };
}

const marks = /==+|\^\^/g;

/** remarkHighlights makes ==words== and Logseq's ^^words^^ highlights, whatever else is among the words. */
function remarkHighlights() {
  return (tree: Root) => {
    visit(tree, (node, _index, parent) => {
      if (node.type === "link" || node.type === "linkReference") return SKIP;
      if (!("children" in node) || parent?.type === "link") return;
      const children = node.children as PhrasingContent[];
      if (children.some((child) => child.type === "text" && /==|\^\^/.test(child.value))) node.children = highlighted(children) as never;
    });
  };
}

/** highlighted puts what is between two marks into a highlight. A mark without another one is text. */
function highlighted(children: readonly PhrasingContent[]): PhrasingContent[] {
  const done: PhrasingContent[] = [];
  let open: { mark: string; at: number } | null = null;
  for (const child of children.flatMap(parted)) {
    const mark = child.type === "text" && /^(?:==|\^\^)$/.test(child.value) ? child.value : "";
    if (open && mark === open.mark && closes(done.slice(open.at + 1))) {
      const inner = done.splice(open.at).slice(1);
      done.push({ type: "emphasis", children: inner, data: { hName: "x-highlight" } });
      open = null;
      continue;
    }
    if (mark) open = { mark, at: done.length };
    done.push(child);
  }
  return done;
}

/** parted cuts a text at its marks. */
function parted(node: PhrasingContent): PhrasingContent[] {
  if (node.type !== "text") return [node];
  const pieces: PhrasingContent[] = [];
  let from = 0;
  const push = (to: number) => {
    if (to > from) pieces.push({ type: "text", value: node.value.slice(from, to) });
    from = to;
  };
  for (const found of node.value.matchAll(marks)) {
    if (found[0].length !== 2) continue; // a line of them is a rule of somebody's
    push(found.index);
    push(found.index + 2);
  }
  push(node.value.length);
  return pieces;
}

/** closes says whether a highlight can be around nodes: there are words, and no space at either end. */
function closes(nodes: readonly PhrasingContent[]): boolean {
  const first = nodes[0];
  const last = nodes.at(-1);
  return Boolean(first && last) && !(first?.type === "text" && /^\s/.test(first.value)) && !(last?.type === "text" && /\s$/.test(last.value));
}

/** What a fence says behind its marks is shown, and the address of a link without words. */
function remarkNamed() {
  return (tree: Root) => {
    visit(tree, "code", (node) => {
      const info = [node.lang, node.meta].filter(Boolean).join(" ");
      if (info) node.data = { ...node.data, hProperties: { dataInfo: info } };
    });
    visit(tree, "link", (node) => {
      if (node.children.length === 0) node.children = [{ type: "text", value: node.url }];
    });
  };
}

/** wordsOf is the text of a node, at most 200 characters. */
function wordsOf(node: Nodes | undefined): string {
  let words = "";
  if (node) visit(node, (part) => void ("value" in part && (words += part.value)));
  return words.trim().slice(0, 200);
}

/** emptyTask tells whether a task without words is done, and takes its box out of the text; null if the item is no such task. */
function emptyTask(node: ListItem): boolean | null {
  const first = node.children[0];
  const text = first?.type === "paragraph" && first.children.length === 1 ? first.children[0] : undefined;
  const found = text?.type === "text" ? /^\[([ xX])\]$/.exec(text.value) : null;
  if (!found || text?.type !== "text") return null;
  text.value = "";
  delete text.position;
  return found[1] !== " ";
}

/** stateOf takes the sign of a task that is neither open nor done, such as "[/]", out of a list item; "" if there is none. */
function stateOf(node: ListItem): string {
  const first = node.children[0];
  const text = first?.type === "paragraph" ? first.children[0] : undefined;
  const found = text?.type === "text" ? /^\[([^\s[\]])\](?:[ \t\n]+|$)/u.exec(text.value) : null;
  if (!found || text?.type !== "text") return "";
  text.value = text.value.slice(found[0].length);
  if (text.position?.start.offset !== undefined) text.position.start.offset += found[0].length;
  return found[1] ?? "";
}

/** Tasks get a box, which may be ticked; the sanitizer takes out Markdown's own. */
function remarkTasks() {
  return (tree: Root) => {
    visit(tree, "listItem", (node: ListItem) => {
      if (typeof node.checked !== "boolean") node.checked = emptyTask(node);
      const state = typeof node.checked === "boolean" ? "" : stateOf(node);
      if (typeof node.checked !== "boolean" && state === "") return;
      const box = element("x-task", "", { dataDone: String(node.checked), dataState: state, dataAt: String(node.position?.start.offset ?? -1), dataName: wordsOf(node.children[0]) });
      node.checked = null;
      node.data = { ...node.data, hProperties: { className: ["task"] } };
      const first = node.children[0];
      if (first?.type === "paragraph") first.children.unshift(box);
      else node.children.unshift({ type: "paragraph", children: [box] });
    });
  };
}

/** firstLine takes what is on the first line out of children. */
function firstLine(children: PhrasingContent[]): PhrasingContent[] {
  const at = children.findIndex((child) => child.type === "break" || (child.type === "text" && child.value.includes("\n")));
  if (at < 0) return children.splice(0);
  const last = children[at];
  const line = children.splice(0, at);
  if (last?.type === "text") {
    const end = last.value.indexOf("\n");
    if (end > 0) line.push({ type: "text", value: last.value.slice(0, end) });
    last.value = last.value.slice(end + 1);
    delete last.position;
  }
  if (last?.type === "break" || (last?.type === "text" && last.value === "")) children.shift();
  return line;
}

/** "> [!note] Title" is a callout. */
function remarkCallouts() {
  return (tree: Root) => {
    visit(tree, "blockquote", (node) => {
      const paragraph = node.children[0];
      const text = paragraph?.type === "paragraph" ? paragraph.children[0] : undefined;
      const found = text?.type === "text" ? /^\[!([\w-]{1,40})\][+-]?[ \t]*/.exec(text.value) : null;
      if (!found || text?.type !== "text" || paragraph?.type !== "paragraph") return;
      const kind = (found[1] ?? "note").toLowerCase();
      node.data = { ...node.data, hProperties: { className: ["callout"] } };
      text.value = text.value.slice(found[0].length);
      delete text.position;
      const title = firstLine(paragraph.children);
      if (wordsOf({ type: "paragraph", children: title }) === "") title.splice(0, title.length, { type: "text", value: kind.charAt(0).toUpperCase() + kind.slice(1) });
      if (paragraph.children.length === 0) node.children.shift();
      node.children.unshift({ type: "paragraph", children: [{ type: "strong", children: title }] });
    });
  };
}

/** Cells beyond those of a table's head are shown, and footnotes that nothing refers to, which Markdown leaves out. */
function remarkWhole() {
  return (tree: Root) => {
    visit(tree, "table", (table) => {
      const widest = Math.max(...table.children.map((row) => row.children.length));
      table.align = Array.from({ length: widest }, (_, i) => table.align?.[i] ?? null);
    });
    const used = new Set<string>();
    visit(tree, "footnoteReference", (node) => void used.add(node.identifier));
    visit(tree, "footnoteDefinition", (node, index, parent: Parent | undefined) => {
      if (used.has(node.identifier) || !parent || index === undefined) return;
      const name: Text = { type: "text", value: `[^${node.label ?? node.identifier}]: ` };
      const [first, ...rest] = node.children;
      const blocks = first?.type === "paragraph" ? [{ ...first, children: [name, ...first.children] }, ...rest] : [{ type: "paragraph", children: [name] }, ...node.children];
      parent.children.splice(index, 1, ...(blocks as never[]));
      return [SKIP, index + blocks.length];
    });
  };
}

/** element is a node that becomes <name> with its children or its text. */
function element(name: string, text: string, properties: Record<string, string> = {}): PhrasingContent {
  return { type: "emphasis", children: [{ type: "text", value: text }], data: { hName: name, hProperties: properties } };
}

const unreadable: FindAndReplaceList = [
  [/\[illegible\]/gi, (all: string) => element("x-illegible", all.slice(1, -1))],
  [/\[([^[\]\n]{1,80})\?\]/g, (_all: string, word: string) => element("x-doubtful", word)],
];

/** remarkEscapes ends a text behind an escaped "#", which then begins no tag. */
function remarkEscapes() {
  return (tree: Root, file: { toString(): string }) => {
    visit(tree, "text", (node: Text, index, parent: Parent | undefined) => {
      const from = node.position?.start.offset;
      const to = node.position?.end.offset;
      if (!parent || index === undefined || from === undefined || to === undefined || node.value.length === to - from) return;
      const escaped = [...file.toString().slice(from, to).matchAll(/(\\|&)?#/g)].map((sign) => sign[1] !== undefined);
      const [first = "", ...rest] = node.value.split("#");
      if (escaped.length !== rest.length || !escaped.includes(true)) return;
      const pieces = [first];
      rest.forEach((piece, i) => (escaped[i] ? pieces.push(`${pieces.pop()}#`, piece) : pieces.push(`${pieces.pop()}#${piece}`)));
      parent.children.splice(index, 1, ...pieces.filter(Boolean).map((value): Text => ({ type: "text", value })));
      return [SKIP, index + pieces.length];
    });
  };
}

const wikilinks = /(!?)\[\[([^[\]|\n]{1,300})(?:\|([^[\]\n]{0,300}))?\]\]/g;

function wikilink(_all: string, embed: string, target: string, label?: string) {
  return embed ? element("x-embed", label && !/^\d+(x\d+)?$/.test(label) ? label : target, { dataTarget: target.trim() }) : element("x-wikilink", label || target, { dataTarget: target });
}

const ofNotes: FindAndReplaceList = [
  [wikilinks, wikilink],
  ...unreadable,
  [tags, (all: string) => element("x-tag", all)],
];

const ofAnswers: FindAndReplaceList = [
  [/[“"]([^“”"\n]{1,2000})[”"](\s*(?:\[\d{1,3}\]\s*)*)\[unverified\]/g, (all: string) => {
    const close = all.lastIndexOf(all.startsWith("“") ? "”" : '"');
    const between = all.slice(close + 1, all.lastIndexOf("[unverified]"));
    return [element("x-unverified", all.slice(0, close + 1)), ...citations(between), element("x-flag", "unverified")];
  }],
  [/\[unverified\]/g, () => element("x-flag", "unverified")],
  // Models also cite as "[[1]]".
  [wikilinks, (all: string, embed: string, target: string, label?: string) => /^\d{1,3}$/.test(target) ? false : wikilink(all, embed, target, label)],
  // A citation follows its word closely, so that it is not apart from it on the next line.
  [/ ?\[(\d{1,3})\]/g, (_all: string, number: string) => element("x-cite", number)],
  ...unreadable,
];

function citations(text: string): PhrasingContent[] {
  return text.split(/(\[\d{1,3}\])/).filter(Boolean).map((part) => (/^\[\d/.test(part) ? element("x-cite", part.slice(1, -1)) : { type: "text", value: part }));
}

const replace = (list: FindAndReplaceList) => () => (tree: Root) => findAndReplace(tree, list, { ignore: ["link", "linkReference"] });

/** remarkSpans marks parts of the source: <x-mark> is put around their text. */
export function remarkSpans({ spans }: { spans: readonly Span[] }) {
  return (tree: Root) => {
    if (spans.length === 0) return;
    visit(tree, "text", (node: Text, index, parent: Parent | undefined) => {
      const from = node.position?.start.offset;
      const to = node.position?.end.offset;
      if (!parent || index === undefined || from === undefined || to === undefined) return;
      const pieces = split(node, from, to, spans);
      if (!pieces) return;
      parent.children.splice(index, 1, ...(pieces as Nodes[] as never[]));
      return [SKIP, index + pieces.length];
    });
  };
}

/** split cuts a text at the ends of spans; null if none touches it. If escapes make the text shorter than its source, all of it is marked. */
function split(node: Text, from: number, to: number, spans: readonly Span[]): PhrasingContent[] | null {
  const inside = spans.filter((s) => s.start < to && s.end > from && s.start < s.end);
  if (inside.length === 0) return null;
  if (node.value.length !== to - from) return [element("x-mark", node.value)];
  const pieces: PhrasingContent[] = [];
  let at = 0;
  for (const span of [...inside].sort((a, b) => a.start - b.start)) {
    const start = Math.max(span.start - from, at);
    const end = Math.min(span.end - from, node.value.length);
    if (end <= start) continue;
    if (start > at) pieces.push({ type: "text", value: node.value.slice(at, start) });
    pieces.push(element("x-mark", node.value.slice(start, end)));
    at = end;
  }
  if (at < node.value.length) pieces.push({ type: "text", value: node.value.slice(at) });
  return pieces;
}

export const notePlugins = [remarkPlain, remarkTables, remarkWhole, remarkHtml, remarkTasks, remarkOrgBlocks, remarkCallouts, remarkPictures, remarkNamed, remarkHighlights, remarkEscapes, replace(ofNotes)] as const;
export const answerPlugins = [remarkPlain, remarkTables, remarkPictures, replace(ofAnswers)] as const;

const blocks = new Set(["p", "li", "h1", "h2", "h3", "h4", "h5", "h6", "td", "th", "dd", "dt", "pre"]);
const containers = new Set(["ul", "ol", "blockquote"]);
const rightToLeft = /^[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;

interface Element {
  tagName: string;
  properties: Record<string, unknown>;
}

/** Each block has the direction of its own words. A list and a quotation, whose blocks have theirs, have that of their first words. It runs after the sanitizer. */
export function rehypeDirection() {
  return (tree: { children: unknown[] }) => {
    visit(tree as never, "element", (node: Element) => {
      if (blocks.has(node.tagName)) node.properties.dir = "auto";
      if (containers.has(node.tagName)) node.properties.dir = rightToLeft.test(firstLetter(node)) ? "rtl" : "ltr";
    });
  };
}

/** firstLetter is the first letter below a node, "" if it has none. */
function firstLetter(node: Element): string {
  let letter = "";
  visit(node as never, "text", (text: Text) => {
    letter = /\p{L}/u.exec(text.value)?.[0] ?? "";
    return letter === "" ? undefined : EXIT;
  });
  return letter;
}

/** schema is the sanitizer's allow list: GitHub's, without images and inputs, plus our own elements. */
export const schema: typeof defaultSchema = {
  ...defaultSchema,
  tagNames: [
    ...(defaultSchema.tagNames ?? []).filter((name) => !["img", "picture", "source"].includes(name)),
    "x-wikilink", "x-embed", "x-task", "x-highlight", "x-illegible", "x-doubtful", "x-tag", "x-mark", "x-unverified", "x-flag", "x-cite",
  ],
  attributes: {
    ...defaultSchema.attributes,
    "x-wikilink": ["dataTarget"], "x-embed": ["dataTarget"], "x-task": ["dataDone", "dataState", "dataAt", "dataName"],
    code: [...(defaultSchema.attributes?.code ?? []), "dataInfo"],
    blockquote: [...(defaultSchema.attributes?.blockquote ?? []), ["className", "callout"]],
    li: [...(defaultSchema.attributes?.li ?? []), ["className", "task-list-item", "task"]],
  },
  protocols: { href: ["http", "https", "mailto"] },
};
