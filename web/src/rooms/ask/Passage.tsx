import { useQuery } from "@tanstack/react-query";
import { ArrowUpRight, X } from "lucide-react";
import { useMemo, useState } from "react";
import { Link } from "wouter";
import { api, ApiError } from "../../lib/api";
import { plainDay } from "../../lib/dates";
import { entryPath } from "../../lib/links";
import { partOf } from "../../lib/pageparts";
import { pointsOf, spanOfBytes, type Span } from "../../lib/offsets";
import type { Note as Entry, Page } from "../../lib/types";
import { IconButton } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { EntryText } from "../../ui/EntryText";
import { Lock } from "../../ui/Lock";
import { PageImage } from "../../ui/PageImage";
import { Empty, ErrorNote, Skeleton } from "../../ui/States";
import { passageTitle, type Cited } from "./source";
import { words as say } from "./words";

/** Passage shows a cited passage: beside the conversation where there is room, else above it. */
export default function Passage({ cited, beside, onClose }: { cited: Cited; beside: boolean; onClose: () => void }) {
  if (!beside) {
    return (
      <Dialog open onClose={onClose} title={passageTitle(cited)} size="sheet">
        <InDay cited={cited} />
      </Dialog>
    );
  }
  return (
    <aside className="ask-side" aria-label={say.passage.title}>
      <header className="passage-head">
        <h2>{passageTitle(cited)}</h2>
        <IconButton label={say.passage.close} keys="Esc" small onClick={onClose}>
          <X aria-hidden />
        </IconButton>
      </header>
      <InDay cited={cited} />
    </aside>
  );
}

/** InDay is the passage in its day, marked, beside the picture of its page. */
function InDay({ cited }: { cited: Cited }) {
  const entry = useQuery({
    queryKey: ["entry", cited.entry_id],
    queryFn: async () => (await api.GET("/entries/{id}", { params: { path: { id: cited.entry_id } } })).data as unknown as Entry,
  });
  if (entry.error instanceof ApiError && entry.error.status === 404) {
    return <Empty title={say.passage.noteNotFound}>{say.passage.notFoundDetail}</Empty>;
  }
  if (entry.error) return <ErrorNote error={entry.error} onRetry={() => void entry.refetch()} />;
  if (!entry.data) return <Skeleton lines={6} label={say.passage.loadingDay} />;
  return <Shown cited={cited} entry={entry.data} />;
}

function Shown({ cited, entry }: { cited: Cited; entry: Entry }) {
  const span = useMemo(() => spanIn(entry.diary, cited), [entry.diary, cited]);
  const spans = useMemo(() => (span ? [span] : []), [span]);
  const found = span ? pageOf(entry.pages, pointsOf(entry.diary, span.start)) : undefined;
  const [turned, setTurned] = useState<number | null>(null);
  const page = entry.pages.find((p) => p.number === turned) ?? found ?? entry.pages[0];
  const at: [number?, number?] = span ? [pointsOf(entry.diary, span.start), pointsOf(entry.diary, span.end)] : [];
  const [start = -1, end = -1] = at;
  const part = useMemo(() => (page ? partOf(page, start, end) : null), [page, start, end]);
  return (
    <div className="passage">
      <p className="passage-links">
        <Link href={entryPath(entry, ...at)}>
          {entry.kind === "evergreen" ? say.passage.openNote : say.passage.openDay} <ArrowUpRight aria-hidden />
        </Link>{" "}
        <Lock on={entry.private} />
      </p>
      {!span && <p className="hint">{say.passage.moved}</p>}
      <div className="passage-columns">
        {page && (
          <div className="passage-page">
            <PageImage image={page.image} label={say.passage.page(page.number, plainDay(entry.date))} part={part} />
            {entry.pages.length > 1 && <Pages pages={entry.pages} current={page} onTurn={setTurned} />}
          </div>
        )}
        <EntryText text={entry.diary} id={entry.id} spans={spans} reveal className="passage-text" />
      </div>
    </div>
  );
}

function Pages({ pages, current, onTurn }: { pages: readonly Page[]; current: Page; onTurn: (number: number) => void }) {
  return (
    <div className="row passage-turn" role="group" aria-label={say.passage.pages}>
      {pages.map((page) => (
        <button key={page.number} type="button" className="button small" aria-pressed={page === current} aria-label={say.passage.pageTitle(page.number)} onClick={() => onTurn(page.number)}>
          {page.number}
        </button>
      ))}
    </div>
  );
}

/** spanIn finds a passage: by its words where they are known, as a note may change; else by where it was. */
function spanIn(text: string, { words, start, end }: Cited): Span | null {
  if (words) {
    const byPlace = start >= 0 ? spanOfBytes(text, start, end) : null;
    if (byPlace && isPlainTextOf(words, text.slice(byPlace.start, byPlace.end))) return byPlace;
    const at = text.indexOf(words);
    return at < 0 ? null : { start: at, end: at + words.length };
  }
  if (start < 0) return null;
  const span = spanOfBytes(text, start, end);
  return span.end > span.start ? span : null;
}

/** isPlainTextOf reports whether words are a part of a note without its Markdown: most of its letters, in their order. */
function isPlainTextOf(words: string, part: string): boolean {
  if (part === words) return true;
  const letters = (text: string) => text.replace(/[^\p{L}\p{N}]+/gu, "");
  const [some, all] = [letters(words), letters(part.replace(/\]\([^)]*\)/g, "]"))]; // without the addresses of links
  let found = 0;
  for (let i = 0; i < all.length && found < some.length; i++) if (all[i] === some[found]) found++;
  return some.length > 0 && found === some.length && some.length * 2 >= all.length;
}

function pageOf(pages: readonly Page[], point: number): Page | undefined {
  return pages.find((p) => p.start !== null && p.end !== null && p.start <= point && point < p.end);
}
