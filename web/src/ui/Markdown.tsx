import { createContext, memo, useContext, type ComponentProps, type ReactNode } from "react";
import ReactMarkdown, { type Components } from "react-markdown";
import rehypeSanitize from "rehype-sanitize";
import { Link } from "wouter";
import { fileOf } from "../lib/embeds";
import { searchPath } from "../lib/links";
import { answerPlugins, notePlugins, rehypeDirection, remarkSpans, schema } from "../lib/markdown";
import type { Span } from "../lib/offsets";
import { Attachment, FileLink, isFile, NoteContext, Task } from "./Attachment";
import { ConfirmLink } from "./ConfirmLink";
import { WikiLink } from "./WikiLink";
import { words } from "./words";
import "../styles/prose.css";

type Plugins = ComponentProps<typeof ReactMarkdown>["remarkPlugins"];

const none: readonly Span[] = [];
const rehypePlugins: ComponentProps<typeof ReactMarkdown>["rehypePlugins"] = [[rehypeSanitize, schema], rehypeDirection];

interface Props {
  text: string;
  /** Notes have tags, links between notes and marks of doubtful words; answers have citations. */
  kind: "note" | "answer";
  /** Parts of the text to mark; for notes. Pass the same array while they are unchanged. */
  spans?: readonly Span[];
}

/** CiteContext renders "[1]" inside an answer; without it, "[1]" stays text. */
export const CiteContext = createContext<((number: number) => ReactNode) | null>(null);

function Cite({ number }: { number: number }) {
  return useContext(CiteContext)?.(number) ?? `[${number}]`;
}

const ofNotes: Plugins = [...notePlugins];
const ofAnswers: Plugins = [...answerPlugins];

/**
 * Markdown renders untrusted text by a person or a model. It never runs or
 * follows anything in it, and loads nothing but files of the vault that a note embeds.
 */
export const Markdown = memo(function Markdown({ text, kind, spans = none }: Props) {
  const plugins = kind === "answer" ? ofAnswers : spans.length > 0 ? [[remarkSpans, { spans }] as [typeof remarkSpans, { spans: readonly Span[] }], ...notePlugins] : ofNotes;
  return (
    <ReactMarkdown remarkPlugins={plugins} rehypePlugins={rehypePlugins} components={components}>
      {text}
    </ReactMarkdown>
  );
});

/** warmUp renders a little Markdown for nobody, so that the first words of an answer need not wait until a browser has compiled all of it. */
export function warmUp() {
  ReactMarkdown({ remarkPlugins: ofAnswers, rehypePlugins, components, children: "It **rained** on *us* [1].\n\n- one\n- two\n\n> > a `quote`\n\n1. end" });
}

interface Custom {
  children?: ReactNode;
  node?: { properties?: Record<string, unknown> };
}

const custom = {
  a: ({ href, children }: { href?: string; children?: ReactNode }) => <NoteLink href={href}>{children}</NoteLink>,
  code: ({ children, node }: Custom) => (
    <>
      {node?.properties?.dataInfo !== undefined && <span className="code-info">{`${String(node.properties.dataInfo)}\n`}</span>}
      <code>{children}</code>
    </>
  ),
  "x-tag": ({ children }: Custom) => (
    <Link className="tag" href={searchPath({ tags: [String(children)] })}>
      {children}
    </Link>
  ),
  "x-wikilink": ({ children, node }: Custom) => <WikiLink target={String(node?.properties?.dataTarget ?? children)}>{children}</WikiLink>,
  "x-embed": ({ children, node }: Custom) => <Embed target={String(node?.properties?.dataTarget ?? "")}>{children}</Embed>,
  "x-task": ({ node }: Custom) => <Task done={node?.properties?.dataDone === "true"} state={String(node?.properties?.dataState ?? "")} at={Number(node?.properties?.dataAt ?? -1)} name={String(node?.properties?.dataName ?? "")} />,
  "x-highlight": ({ children }: Custom) => <mark className="highlight">{children}</mark>,
  "x-doubtful": ({ children }: Custom) => (
    <span className="doubtful" title={words.markdown.uncertainReading}>
      {children}
      <span aria-hidden>?</span>
      <span className="visually-hidden"> {words.markdown.notSure}</span>
    </span>
  ),
  "x-illegible": () => <span className="illegible">{words.markdown.illegible}</span>,
  "x-mark": ({ children }: Custom) => <mark className="passage">{children}</mark>,
  "x-unverified": ({ children }: Custom) => <span className="unverified-quote">{children}</span>,
  "x-flag": () => (
    <span className="unverified-flag" title={words.markdown.unverifiedTitle}>
      {words.markdown.unverified}
    </span>
  ),
  "x-cite": ({ children }: Custom) => <Cite number={Number(children)} />,
};

const components = custom as unknown as Components;

/** Embed shows a file of the vault; of a note it is a link to it. */
function Embed({ target, children }: { target: string; children?: ReactNode }) {
  const note = useContext(NoteContext);
  const file = (target.split("#")[0] ?? "").trim();
  if (note && target !== "" && !isFile(file) && !/\.[a-z0-9]{1,5}$/i.test(file)) return <WikiLink target={target}>{children}</WikiLink>;
  return <Attachment target={file}>{children}</Attachment>;
}

function decoded(url: string) {
  try {
    return decodeURIComponent(url);
  } catch {
    return url;
  }
}

/** A link to a file of the vault shows it, one to a note goes there, any other asks before leaving. */
function NoteLink({ href, children }: { href?: string; children?: ReactNode }) {
  const note = useContext(NoteContext);
  const file = href && note ? fileOf(href) : "";
  if (file && isFile(file)) return <FileLink target={file}>{children}</FileLink>;
  if (href && note && (/\.md$/i.test(file) || (file === "" && href.startsWith("#") && !href.startsWith("#user-content-")))) return <WikiLink target={decoded(href)}>{children}</WikiLink>;
  return <ConfirmLink href={href}>{children}</ConfirmLink>;
}
