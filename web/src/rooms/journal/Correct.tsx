import { ChevronDown, ChevronUp } from "lucide-react";
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from "react";
import { ApiError } from "../../lib/api";
import { countDoubts, doubt } from "../../lib/doubts";
import { correctionKey, forgetDraft, readDraft, writeDraft } from "../../lib/draft";
import { createEntry, fetchEntry, notesChanged, plain, saveEntry, type Entry } from "../../lib/entries";
import { useKeys } from "../../lib/keys";
import { spanOfPoints } from "../../lib/offsets";
import { Button, IconButton } from "../../ui/Button";
import { Confirm } from "../../ui/Dialog";
import { messageOf, Note } from "../../ui/States";
import { toast } from "../../ui/Toasts";
import { WritingArea, type WritingHandle } from "../../ui/WritingArea";
import { words as say } from "./words";

const Conflict = lazy(() => import("../../ui/Conflict"));

interface Props {
  entry: Entry;
  onDone: () => void;
  /** The page that the caret is on. */
  onPage: (page: number) => void;
}

/** What the text is made from: a state of the note. */
interface Base {
  text: string;
  etag: string;
}

/** Correct edits a note in place. What is on the disk is never overwritten unseen, and what was typed is not lost. */
export default function Correct({ entry, onDone, onPage }: Props) {
  const key = correctionKey(entry.id);
  const ofScan = entry.pages.length > 0;
  const [base, setBase] = useState<Base>(() => ({ text: plain(entry.text), etag: entry.etag ?? "" }));
  const [text, setText] = useState(base.text);
  const [theirs, setTheirs] = useState<Base | "gone" | null>(null);
  const [common, setCommon] = useState<string | null>(null); // what both versions of a conflict were made from
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [asking, setAsking] = useState(false);
  const [hint, setHint] = useState<string | null>(null);
  const [aside, setAside] = useState<string | null>(null); // what was typed, where the other version was taken
  const area = useRef<WritingHandle>(null);
  const mark = useRef(-1);
  const starts = useRef<{ page: number; at: number }[]>([]);

  // What was typed before the page went away comes back.
  useEffect(() => {
    starts.current = startsOf(entry);
    const draft = readDraft(key);
    if (draft && draft.etag && plain(draft.text) !== base.text) {
      setText(draft.text);
      if (draft.etag === base.etag) {
        setHint(say.correct.restored);
      } else {
        setTheirs(base);
        setBase({ text: draft.base, etag: draft.etag });
      }
    }
    area.current?.focus();
    // Once: later states of the note come by saving alone.
  }, []);

  const change = (next: string) => {
    starts.current = moved(starts.current, text, next);
    setText(next);
    setProblem(null);
    writeDraft(key, plain(next) === base.text ? null : { text: next, base: base.text, etag: base.etag });
  };

  const leave = () => {
    writeDraft(key, null);
    onDone();
  };

  const save = async (over?: Base) => {
    const from = over ?? base;
    if (busy) return;
    if (plain(text) === from.text) return leave();
    setBusy(true);
    setProblem(null);
    await write(from);
    setBusy(false);
  };

  const write = async (from: Base) => {
    try {
      await saveEntry(entry.id, from.etag, text, ofScan);
      forgetDraft(key, text);
      notesChanged();
      toast(ofScan ? say.correct.corrected : say.correct.saved);
      onDone();
    } catch (error) {
      await failed(error, from);
    }
  };

  /** writeMerged saves what has the changes of both, which can be undone: the file then says again what it said, and mine is kept as a draft. */
  const writeMerged = async (merged: string, from: Base, other: Base) => {
    let saved: Entry;
    try {
      saved = await saveEntry(entry.id, other.etag, merged, ofScan, false, "merge");
    } catch (error) {
      if (error instanceof ApiError && error.status === 412) return setTheirs(other); // once more: somebody should look
      throw error;
    }
    forgetDraft(key, text);
    notesChanged();
    const undo = async () => {
      try {
        await saveEntry(entry.id, saved.etag ?? "", other.text, ofScan);
        writeDraft(key, { text, base: from.text, etag: from.etag });
        notesChanged();
      } catch (error) {
        toast(say.correct.undoFailed, { detail: messageOf(error), urgent: true });
      }
    };
    toast(say.correct.merged, { timeout: 20_000, action: { label: say.correct.undo, run: () => void undo() } });
    onDone();
  };

  const failed = async (error: unknown, from: Base) => {
    if (!(error instanceof ApiError) || (error.status !== 412 && error.status !== 404)) return setProblem(messageOf(error));
    try {
      const now = await fetchEntry(entry.id);
      const other = { text: plain(now.text), etag: now.etag ?? "" };
      if (other.text !== from.text || other.etag === from.etag) {
        const { together } = await import("../../lib/together");
        const found = await together(entry.id, from.text, plain(text), other.text);
        setCommon(found.base);
        return found.text !== null && other.text !== from.text ? await writeMerged(found.text, from, other) : setTheirs(other);
      }
      // Only what is not the text has changed, as its front matter.
      setBase(other);
      await write(other);
    } catch (second) {
      if (second instanceof ApiError && second.status === 404) setTheirs("gone");
      else setProblem(messageOf(second));
    }
  };

  const caret = (at: number) => {
    const here = [...starts.current].reverse().find((start) => start.at <= at);
    if (here) onPage(here.page);
  };

  const doubts = useMemo(() => countDoubts(text), [text]);
  const step = (by: 1 | -1) => {
    if (doubts === 0) return;
    mark.current = mark.current < 0 ? (by > 0 ? 0 : doubts - 1) : (mark.current + by + doubts) % doubts;
    area.current?.selectMark(mark.current);
  };
  const bringBack = () => {
    if (aside !== null) change(aside);
    setAside(null);
    setHint(say.correct.yours);
  };
  const cancel = () => (plain(text) === base.text ? leave() : setAsking(true));
  useKeys(say.correct.correcting, [
    { keys: "Mod+Enter", label: say.correct.save, run: () => void save() },
    { keys: "Mod+s", label: say.correct.save, run: () => void save() },
    { keys: "Mod+.", label: say.correct.next, run: () => step(1) },
    { keys: "Mod+,", label: say.correct.previous, run: () => step(-1) },
    { keys: "Escape", label: say.correct.stopCorrecting, run: cancel },
  ]);

  if (theirs) {
    const other = theirs === "gone" ? null : theirs;
    return (
      <Suspense>
        <Conflict
          base={common ?? base.text}
          mine={plain(text)}
          theirs={other && other.text}
          busy={busy}
          onMerge={(merged, both) => {
            if (!other) return;
            starts.current = moved(starts.current, text, merged);
            setBase(other);
            setText(merged);
            setTheirs(null);
            setHint(both ? say.correct.mergedBoth : say.correct.mergedCheck);
            writeDraft(key, { text: merged, base: other.text, etag: other.etag });
          }}
          onMine={() => {
            if (!other) return void rewrite(entry, text, leave, setProblem);
            setBase(other);
            setTheirs(null);
            void save(other);
          }}
          onTheirs={() => {
            if (!other) return leave();
            writeDraft(key, null);
            setBase(other);
            setText(other.text);
            setTheirs(null);
            setAside(text);
            setHint(say.correct.theirs);
            notesChanged();
          }}
        />
        {problem && <Note tone="bad" role="alert">{problem}</Note>}
      </Suspense>
    );
  }
  return (
    <div className="correct">
      {hint && (
        <Note actions={aside !== null && <Button small onClick={bringBack}>{say.correct.restoreMine}</Button>}>{hint}</Note>
      )}
      <WritingArea
        ref={area}
        className="sheet"
        label={ofScan ? say.correct.transcription : say.correct.note}
        value={text}
        onChange={change}
        onCaret={caret}
        marks={doubt}
        day={ofScan || entry.kind === "evergreen" ? undefined : entry.date}
      />
      {problem && (
        <Note tone="bad" role="alert">
          <strong>{say.correct.notSaved}</strong> {problem}
        </Note>
      )}
      <div className="correct-bar">
        <Button look="primary" busy={busy} onClick={() => void save()}>
          {say.correct.save}
        </Button>
        <Button onClick={cancel} disabled={busy}>
          {say.correct.cancel}
        </Button>
        {doubts > 0 && (
          <span className="correct-doubts">
            <span>{say.correct.doubts(doubts)}</span>
            <IconButton label={say.correct.previous} small onClick={() => step(-1)}>
              <ChevronUp aria-hidden />
            </IconButton>
            <IconButton label={say.correct.next} small onClick={() => step(1)}>
              <ChevronDown aria-hidden />
            </IconButton>
          </span>
        )}
      </div>
      <Confirm open={asking} onClose={() => setAsking(false)} title={say.correct.discardTitle} action={say.correct.discard} danger onConfirm={leave}>
        <p>{say.correct.discardDetail}</p>
      </Confirm>
    </div>
  );
}

/** rewrite puts a note that was deleted meanwhile back, with what was typed. */
async function rewrite(entry: Entry, text: string, done: () => void, problem: (words: string) => void) {
  try {
    await createEntry(entry.date, text);
    notesChanged();
    toast(say.correct.rewritten);
    done();
  } catch (error) {
    problem(messageOf(error));
  }
}

/** startsOf are where the pages begin in the text as it is edited. */
function startsOf(entry: Entry) {
  const before = Math.max(entry.diary.indexOf(entry.text), 0); // what was typed beside the scan
  const offset = (units: number) => plain(entry.text.slice(0, Math.max(units - before, 0)) + "|").length - 1;
  return entry.pages.filter((page) => page.start !== null).map((page) => ({ page: page.number, at: offset(spanOfPoints(entry.diary, page.start ?? 0, page.start ?? 0).start) }));
}

/** moved are the places after a text was changed into another. */
function moved(starts: { page: number; at: number }[], was: string, now: string) {
  let from = 0;
  while (from < was.length && from < now.length && was[from] === now[from]) from++;
  const by = now.length - was.length;
  return starts.map((start) => (start.at > from ? { ...start, at: Math.max(from, start.at + by) } : start));
}
