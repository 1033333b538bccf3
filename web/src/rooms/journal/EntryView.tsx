import { Ellipsis, ExternalLink, FileImage, History as HistoryIcon, PenLine, Trash2 } from "lucide-react";
import { lazy, Suspense, useCallback, useMemo, useState } from "react";
import { Link } from "wouter";
import { messageOf, Note, Skeleton } from "../../ui/States";
import { many, shortDay } from "../../lib/dates";
import { correctionKey, readDraft, writeDraft } from "../../lib/draft";
import { notesChanged, plain, tickTask, type Entry, type Page } from "../../lib/entries";
import { useKeys } from "../../lib/keys";
import { searchPath } from "../../lib/links";
import { useWide } from "../../lib/media";
import { pointsOf, spanOfPoints } from "../../lib/offsets";
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
    if (!entry.etag) return void toast("The file of this note cannot be read now, so it cannot be changed either.", { urgent: true });
    setShown(true);
    setEditing(true);
  };
  useKeys(first ? "Note" : "", first && !editing ? [{ keys: "e", label: ofScan ? "Correct the transcription" : "Edit the note", run: edit }] : []);

  const remove = async () => {
    if (await removeNote(entry)) onGone();
  };

  const aboutIt = [ofScan ? many(entry.pages.length, "page") : "", many(words(entry.diary), "word"), entry.path].filter(Boolean).join(" · ");
  const beside = wide || shown;
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
    <article className="entry" data-pages={ofScan || undefined} data-bare={(!ofScan && !titled && !entry.private && !editing) || undefined} aria-label={titled ? entry.title : `Note of ${shortDay(day)}`}>
      <header className="entry-head">
        <div className="entry-what">
          {titled && <h2>{entry.title}</h2>}
          <p className="hint">
            <Lock on={entry.private} />{" "}
            {entry.private && "Private: never sent to a provider · "}
            <span className="entry-about">{aboutIt}</span>
          </p>
        </div>
        <div className="row entry-tools">
          {ofScan && !wide && (
            <Button small onClick={() => setShown(!shown)} aria-pressed={shown}>
              <FileImage aria-hidden /> {entry.pages.length === 1 ? "Page" : "Pages"}
            </Button>
          )}
          {!editing && (
            <>
              <Button small onClick={edit}>
                <PenLine aria-hidden /> <span className="entry-verb">{ofScan ? "Correct" : "Edit"}</span>
              </Button>
              <Menu trigger={<IconButton label="More for this note" small><Ellipsis aria-hidden /></IconButton>}>
                {entry.app_url && (
                  <MenuItem icon={<ExternalLink aria-hidden />} onClick={() => location.assign(entry.app_url ?? "")}>
                    Open in Obsidian
                  </MenuItem>
                )}
                <MenuItem icon={<HistoryIcon aria-hidden />} onClick={() => setHistory(true)}>
                  History
                </MenuItem>
                <MenuItem icon={<Trash2 aria-hidden />} danger onClick={() => setAsking(true)}>
                  Delete this note…
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
      {!entry.etag && <Note tone="warn">The file of this note cannot be read at the moment; this is how it was read last.</Note>}
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
          {!editing && entry.tags.length > 0 && (
            <ul role="list" className="tag-list" aria-label="Tags of this note">
              {entry.tags.map((tag) => (
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
      <Confirm open={asking} onClose={() => setAsking(false)} title="Delete this note?" action="Delete the note" danger onConfirm={() => void remove()}>
        <p>
          Its file, <strong>{entry.path}</strong>, is removed from your journal’s folder, and its words from the index.
          {ofScan ? " The scans of its pages stay, and are not transcribed again." : ""}
        </p>
        <p>
          For a while it can be restored from the page of its day, or in a terminal: <code>daybook undo "{entry.path}"</code>
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
    toast("Changes discarded", { timeout: 12_000, action: { label: "Undo", run: () => put(draft) } });
  };
  return (
    <Note
      tone="warn"
      actions={
        <>
          <Button small onClick={onGoOn}>Continue editing</Button>
          <Button small look="quiet" onClick={throwAway}>Discard</Button>
        </>
      }
    >
      You have unsaved changes to this note in this browser.
    </Note>
  );
}

/** pageOf is the number of the page that has a place in the text; the first where that is not known. */
export function pageOf(pages: Page[], at: number): number {
  const found = pages.find((page) => page.start !== null && page.end !== null && page.start <= at && at < page.end);
  return found?.number ?? 1;
}

const words = (text: string) => text.match(/\S+/g)?.length ?? 0;

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
      .catch((error: unknown) => toast("The task is not changed", { detail: messageOf(error), urgent: true }))
      .finally(notesChanged);
  }, [id, etag, text]);
  if (text.trim() === "") return <p className="hint">There are no words in this note yet.</p>;
  const known = pages.filter((page) => page.start !== null);
  return (
    <div ref={reveal}>
      {known.length > 1 ? <PageText id={id} text={text} pages={known} spans={spans} onPage={onPage} wanted={wanted} /> : <EntryText id={id} text={text} onTick={etag ? tick : undefined} spans={spans} reveal={spans.length > 0} />}
    </div>
  );
}
