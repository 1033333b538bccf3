import { Copy, RotateCcw, Share2, WifiOff } from "lucide-react";
import { memo, useCallback, useMemo, useRef, useState, type ReactNode } from "react";
import type { AnswerState } from "../../lib/answers";
import { Blocks, type Block } from "../../lib/blocks";
import type { Message } from "../../lib/types";
import { Button, classes } from "../../ui/Button";
import { Confirm } from "../../ui/Dialog";
import { CiteContext, Markdown, warmUp } from "../../ui/Markdown";
import { ErrorNote, Note } from "../../ui/States";
import { toast } from "../../ui/Toasts";
import { useQuotes } from "./quotes";
import { citedIn, nameOf, type Cited, type Source } from "./source";
import { share } from "./share";
import { Sources } from "./Sources";
import { Waiting } from "./Starting";
import { Trace } from "./Trace";
import { words } from "./words";

globalThis.requestIdleCallback?.(() => warmUp());

interface Props {
  state: AnswerState;
  message?: Message;
  question: string;
  cited: Cited | null;
  onCite: (cited: Cited) => void;
  /** Asks the question once more; only the last answer has it. */
  onAgain?: (query: string) => void;
  /** Takes back a question that the server has not received. */
  onWithdraw?: (query: string) => void;
}

/** What an answer begins with that no model wrote. */
const offline = words.answerView.offline;

/** AnswerView shows an answer as it comes, and when it is there. */
export function AnswerView({ state, message, question, cited, onCite, onAgain, onWithdraw }: Props) {
  const { phase, text, done, found, error, lost, waiting, slow } = state;
  const citations = useCitations(state, message);
  const read = useMemo(() => [...new Map([...citations.values()].map((c) => [c.entry_id, c])).values()], [citations]);
  const open = useCallback((number: number) => {
    const citation = citations.get(number);
    if (citation) onCite({ message: message?.message_id ?? "", ...citation });
  }, [citations, onCite, message?.message_id]);
  const cite = useCallback((number: number): ReactNode => {
    const citation = citations.get(number);
    if (!citation) return <>[{number}]</>;
    return (
      <button type="button" className="cite" onClick={() => open(number)} aria-label={words.source(number, nameOf(citation))} title={nameOf(citation)}>
        {number}
      </button>
    );
  }, [citations, open]);

  const quoted = useQuotes(text, citations);

  const again = onAgain && (() => onAgain(question));
  const live = phase === "asking" || phase === "writing";
  const isOffline = text.startsWith(offline);
  // Some notices are part of the text, for clients that show nothing else.
  const notices = (done?.notices ?? found?.notices ?? []).filter((notice) => !text.includes(notice));
  const doubtful = done?.quotations.filter((q) => !q.verified).length ?? (phase === "complete" ? (text.match(/\[unverified\]/g)?.length ?? 0) : 0);
  return (
    <article className={classes("answer", isOffline && "offline")} aria-label={words.answerView.answer} aria-busy={live}>
      {waiting ? (
        <Waiting onWithdraw={onWithdraw && (() => onWithdraw(question))} />
      ) : (
        <Trace phase={phase} looks={state.looks} found={found} begun={text !== ""} read={read} />
      )}
      {isOffline && (
        <p className="offline-badge">
          <WifiOff aria-hidden /> {words.offline}
        </p>
      )}
      <CiteContext value={cite}>
        <Text text={isOffline ? withoutLead(text) : text} live={live} />
      </CiteContext>
      {notices.map((notice) => (
        <p key={notice} className="answer-notice">
          {notice}
        </p>
      ))}
      {doubtful > 0 && (
        <Note tone="warn">
          {words.unverified(doubtful)}
        </Note>
      )}
      {lost && (
        <Note tone="warn" role="status">
          {words.lost}
        </Note>
      )}
      {slow && live && (
        <Note tone="warn" role="status">
          {slow}
        </Note>
      )}
      {phase === "stopped" && <p className="answer-notice">{words.stopped}</p>}
      {phase === "failed" && <ErrorNote error={error} onRetry={again} />}
      {!live && (
        <>
          <Sources text={text} citations={quoted} cited={cited} message={message?.message_id ?? ""} onOpen={open} />
          <div className="answer-foot row">
            {text && (
              <>
                <Button look="quiet" small onClick={() => void copy(text)}>
                  <Copy aria-hidden /> {words.copy}
                </Button>
                <Share question={question} text={text} citations={quoted} />
              </>
            )}
            {again && phase !== "failed" && (
              <Button look="quiet" small onClick={again}>
                <RotateCcw aria-hidden /> {words.again}
              </Button>
            )}
          </div>
        </>
      )}
    </article>
  );
}

async function copy(text: string) {
  try {
    await navigator.clipboard.writeText(text);
    toast(words.copied);
  } catch {
    toast(words.notCopied, { urgent: true });
  }
}

/** Share shares an answer with its sources; it asks first if one of them is private. */
function Share({ question, text, citations }: { question: string; text: string; citations: ReadonlyMap<number, Source> }) {
  const [asking, setAsking] = useState(false);
  const run = () => void share(question, text, citations);
  return (
    <>
      <Button look="quiet" small onClick={() => (citedIn(text, citations).some((source) => source.private) ? setAsking(true) : run())}>
        <Share2 aria-hidden /> {words.share}
      </Button>
      <Confirm open={asking} onClose={() => setAsking(false)} title={words.sharePrivate} action={words.share} onConfirm={run}>
        <p>{words.sharePrivateDetail}</p>
      </Confirm>
    </>
  );
}

/** withoutLead leaves out what the badge says already. */
function withoutLead(text: string): string {
  return text.replace(/^No language model wrote this: /, "").replace(/^\p{Ll}/u, (first) => first.toUpperCase());
}

/** useCitations are the passages by their numbers, as soon as they are known. */
function useCitations({ done, found }: AnswerState, message?: Message): ReadonlyMap<number, Source> {
  const kept = done?.citations ?? message?.citations;
  return useMemo(() => {
    const sources = new Map<number, Source>();
    for (const { entry, passages } of found?.docs ?? []) {
      for (const p of passages) {
        // start and end of a citation are bytes, and not known here; the words are.
        sources.set(p.number, { number: p.number, entry_id: entry.id, date: entry.date, title: entry.title, path: entry.path, line: p.line, start: -1, end: -1, words: p.text, private: entry.private });
      }
    }
    for (const citation of kept ?? []) sources.set(citation.number, { ...citation, words: sources.get(citation.number)?.words });
    return sources;
  }, [kept, found]);
}

function Text({ text, live }: { text: string; live: boolean }) {
  const blocks = useRef<Blocks>(null);
  blocks.current ??= new Blocks();
  const groups = group(blocks.current.update(text));
  if (groups.length === 0) return null;
  return (
    <div className="prose answer-text" data-live={live || undefined} dir="auto">
      {groups.map(({ at, on, runs }) => (
        <div key={at} className={classes("block", on && `on-${on}`, runs.length > 1 && "runs")}>
          {runs.map((run, i) => (
            <One key={at + i} text={run} />
          ))}
        </div>
      ))}
    </div>
  );
}

interface Group extends Pick<Block, "on"> {
  /** The place of its first block. */
  at: number;
  runs: string[];
}

/** Parts of one paragraph in a row that are laid out together; a browser lays out a whole one each time it grows. */
const together = 4;

function group(blocks: readonly Block[]): Group[] {
  const groups: Group[] = [];
  blocks.forEach(({ text, on }, at) => {
    const last = groups.at(-1);
    if (on === "paragraph" && last && last.runs.length < together) last.runs.push(text);
    else groups.push({ at, on, runs: [text] });
  });
  return groups;
}

const One = memo(function One({ text }: { text: string }) {
  return (
    <div className="run">
      <Markdown kind="answer" text={text} />{" "}
    </div>
  );
});
