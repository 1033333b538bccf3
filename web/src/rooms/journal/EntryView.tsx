import { Ellipsis, ExternalLink, FileImage, History as HistoryIcon, PenLine, Trash2 } from "lucide-react";
import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from "react";
import { Link } from "wouter";
import { messageOf, Note, Skeleton } from "../../ui/States";
import { shortDay } from "../../lib/dates";
import { correctionKey, readDraft, writeDraft } from "../../lib/draft";
import { notesChanged, plain, tickTask, type Entry, type Page } from "../../lib/entries";
import { useKeys } from "../../lib/keys";
import { searchPath } from "../../lib/links";
import { useWide } from "../../lib/media";
import { pointsOf, spanOfPoints } from "../../lib/offsets";
import { preloadPictures } from "../../lib/pictures";
import { tagsIn } from "../../lib/tags";
import { wordCount } from "../../lib/wordcount";
import { Button, IconButton } from "../../ui/Button";
import { Confirm } from "../../ui/Dialog";
import { EntryText } from "../../ui/EntryText";
import { Lock } from "../../ui/Lock";
import { Menu, MenuGroup, MenuItem, MenuLabel, MenuSeparator } from "../../ui/Menu";
import { removeNote } from "../../ui/remove";
import { Replaced } from "../../ui/Replaced";
import { toast } from "../../ui/Toasts";
import { PageText } from "./PageText";
import { Viewer } from "./Viewer";
import { words as say } from "./words";

const Correct = lazy(() => import("./Correct"));
const History = lazy(() => import("../../ui/History"));

interface Props {
  entry: Entry;
  day: string;
  /** The name of its file is shown: there are several, or it is not the day's alone. */
  titled: boolean;
  /** A passage that is to be marked and brought into view, in code points; start is -1 for the note as a whole. */
  passage?: { start: number; end: number };
  /** "e" edits it. */
  first: boolean;
  onGone: () => void;
}

/** EntryView is a note beside its pages: to be read, corrected, deleted. */
export function EntryView({ entry, day, titled, passage, first, onGone }: Props) {
  const wide = useWide();
  const [editing, setEditing] = useState(() => new URLSearchParams(location.search).has("edit"));
  const [asking, setAsking] = useState(false);
  const [history, setHistory] = useState(false);
  const [page, setPage] = useState(() => pageOf(entry.pages, passage?.start ?? -1));
  const [wanted, setWanted] = useState<{ page: number } | null>(null);
  const [shown, setShown] = useState(editing); // the pages, where there is no room beside the text
  const ofScan = entry.pages.length > 0;

  const edit = () => {
    if (!entry.etag) return void toast(say.entry.unreadableKey, { urgent: true });
    setShown(true);
    setEditing(true);
  };
  useKeys(first ? say.entry.note : "", first && !editing ? [{ keys: "e", label: ofScan ? say.entry.correctTranscription : say.entry.editNote, run: edit }] : []);

  const remove = async () => {
    if (await removeNote(entry)) onGone();
  };

  const aboutIt = [ofScan ? say.entry.pageCount(entry.pages.length) : "", say.entry.word(wordCount(entry.diary)), entry.path].filter(Boolean).join(" · ");
  const tags = unsaidTags(entry);
  const beside = wide || shown;
  const hidden = beside ? undefined : entry.pages[page - 1]?.image;
  useEffect(() => {
    if (hidden) preloadPictures([hidden]);
  }, [hidden]);
  const viewer = ofScan && beside && (
    <Viewer
      entry={entry}
      day={day}
      page={page}
      passage={editing ? undefined : passage}
      onPage={(next) => {
        setPage(next);
        setWanted({ page: next });
      }}
      busy={editing}
      onClose={wide ? undefined : () => setShown(false)}
    />
  );
  return (
    <article className="entry" data-pages={ofScan || undefined} data-bare={(!ofScan && !titled && !entry.private && !editing) || undefined} aria-label={titled ? entry.title : say.entry.noteOf(shortDay(day))}>
      <header className="entry-head">
        <div className="entry-what">
          {titled && <h2>{entry.title}</h2>}
          <p className="hint">
            <Lock on={entry.private} />{" "}
            {entry.private && say.entry.private}
            <span className="entry-about">{aboutIt}</span>
          </p>
        </div>
        <div className="row entry-tools">
          {ofScan && !wide && (
            <Button small onClick={() => setShown(!shown)} aria-pressed={shown}>
              <FileImage aria-hidden /> {entry.pages.length === 1 ? say.entry.page : say.entry.pages}
            </Button>
          )}
          {!editing && (
            <>
              <Button small onClick={edit}>
                <PenLine aria-hidden /> <span className="entry-verb">{ofScan ? say.entry.correct : say.entry.edit}</span>
              </Button>
              <Menu trigger={<IconButton label={say.entry.moreNote} small><Ellipsis aria-hidden /></IconButton>}>
                {entry.app_url && (
                  <MenuItem icon={<ExternalLink aria-hidden />} onClick={() => location.assign(entry.app_url ?? "")}>
                    {say.entry.openObsidian}
                  </MenuItem>
                )}
                <MenuItem icon={<HistoryIcon aria-hidden />} onClick={() => setHistory(true)}>
                  {say.entry.history}
                </MenuItem>
                <MenuItem icon={<Trash2 aria-hidden />} danger onClick={() => setAsking(true)}>
                  {say.entry.deleteMenu}
                </MenuItem>
                <MenuSeparator />
                <MenuGroup>
                  <MenuLabel>{aboutIt}</MenuLabel>
                </MenuGroup>
              </Menu>
            </>
          )}
        </div>
      </header>
      {!editing && <Begun entry={entry} onGoOn={edit} />}
      {!editing && <Replaced entry={entry} onChange={notesChanged} />}
      {!entry.etag && <Note tone="warn">{say.entry.unreadable}</Note>}
      <div className="entry-body">
        {!wide && viewer}
        <div className="entry-words">
          {editing ? (
            <Suspense fallback={<Skeleton lines={6} />}>
              <Correct entry={entry} onDone={() => setEditing(false)} onPage={setPage} />
            </Suspense>
          ) : (
            <Text entry={entry} passage={passage} onPage={setPage} wanted={wanted} />
          )}
          {!editing && tags.length > 0 && (
            <ul role="list" className="tag-list" aria-label={say.entry.tagsNote}>
              {tags.map((tag) => (
                <li key={tag}>
                  <Link className="chip" href={searchPath({ tags: [tag] })}>
                    {tag}
                  </Link>
                </li>
              ))}
            </ul>
          )}
        </div>
        {wide && viewer}
      </div>
      <Confirm open={asking} onClose={() => setAsking(false)} title={say.entry.deleteTitle} action={say.entry.deleteAction} danger onConfirm={() => void remove()}>
        <p>
          {say.entry.theFile} <strong>{entry.path}</strong> {say.entry.deleteDetail(ofScan ? say.entry.scansStay : "")}
        </p>
        <p>
          {say.entry.restoreHint} <code>daybook undo "{entry.path}"</code>
        </p>
      </Confirm>
      {history && (
        <Suspense>
          <History open onClose={() => setHistory(false)} id={entry.id} title={titled ? entry.title : shortDay(day)} etag={entry.etag} text={entry.text} onRestored={notesChanged} />
        </Suspense>
      )}
    </article>
  );
}

/** Begun says that a change of a note was begun in this browser and is not saved. */
function Begun({ entry, onGoOn }: { entry: Entry; onGoOn: () => void }) {
  const key = correctionKey(entry.id);
  const [, thrown] = useState(0);
  const draft = readDraft(key);
  if (!draft || plain(draft.text) === plain(entry.text)) return null;
  const put = (next: typeof draft | null) => {
    writeDraft(key, next);
    thrown((n) => n + 1);
  };
  const throwAway = () => {
    put(null);
    toast(say.entry.changesDiscarded, { timeout: 12_000, action: { label: say.entry.undo, run: () => put(draft) } });
  };
  return (
    <Note
      tone="warn"
      actions={
        <>
          <Button small onClick={onGoOn}>{say.entry.continueEditing}</Button>
          <Button small look="quiet" onClick={throwAway}>{say.entry.discard}</Button>
        </>
      }
    >
      {say.entry.unsaved}
    </Note>
  );
}

/** unsaidTags are the tags of a note that its text does not have, as those in its front matter. */
function unsaidTags({ tags, diary }: Entry): string[] {
  if (tags.length === 0) return [];
  const said = tagsIn(diary);
  return tags.filter((tag) => !said.has(tag.toLowerCase()));
}

/** pageOf is the number of the page that has a place in the text; the first where that is not known. */
export function pageOf(pages: Page[], at: number): number {
  const found = pages.find((page) => page.start !== null && page.end !== null && page.start <= at && at < page.end);
  return found?.number ?? 1;
}

/** Text is what the note says, page by page where that is known. */
function Text({ entry, passage, onPage, wanted }: { entry: Entry; passage?: { start: number; end: number }; onPage: (page: number) => void; wanted: { page: number } | null }) {
  const { id, etag, pages } = entry;
  const text = entry.diary;
  const start = passage?.start ?? -1;
  const end = passage?.end ?? -1;
  const spans = useMemo(() => (start >= 0 && end > start ? [spanOfPoints(text, start, end)] : []), [text, start, end]);
  const reveal = useCallback((element: HTMLElement | null) => {
    if (passage && start < 0) element?.closest("article")?.scrollIntoView({ block: "start" });
  }, [passage, start]);
  const tick = useCallback((at: number, done: boolean) => {
    if (!etag) return;
    tickTask(id, etag, pointsOf(text, at), done)
      .catch((error: unknown) => toast(say.entry.taskFailed, { detail: messageOf(error), urgent: true }))
      .finally(notesChanged);
  }, [id, etag, text]);
  if (text.trim() === "") return <p className="hint">{say.entry.noWords}</p>;
  const known = pages.filter((page) => page.start !== null);
  return (
    <div ref={reveal}>
      {known.length > 1 ? <PageText id={id} text={text} pages={known} spans={spans} onPage={onPage} wanted={wanted} /> : <EntryText id={id} text={text} onTick={etag ? tick : undefined} spans={spans} reveal={spans.length > 0} />}
    </div>
  );
}
