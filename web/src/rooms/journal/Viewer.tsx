import { ChevronLeft, ChevronRight, RefreshCw, X } from "lucide-react";
import { useMemo, useState, type KeyboardEvent } from "react";
import { api, fetchApi, type Schemas } from "../../lib/api";
import { plainDay } from "../../lib/dates";
import { notesChanged, type Entry } from "../../lib/entries";
import { useKeys } from "../../lib/keys";
import { partOf } from "../../lib/pageparts";
import { useEventStream } from "../../lib/stream";
import { Button, IconButton } from "../../ui/Button";
import { Confirm } from "../../ui/Dialog";
import { PageImage } from "../../ui/PageImage";
import { messageOf, Note } from "../../ui/States";
import { toast } from "../../ui/Toasts";
import { words } from "./words";

interface Props {
  entry: Entry;
  day: string;
  /** Its number, from 1. */
  page: number;
  onPage: (page: number) => void;
  /** The passage that was opened, in code points of the text. */
  passage?: { start: number; end: number };
  /** The text is being corrected: no page is read again meanwhile. */
  busy: boolean;
  onClose?: () => void;
}

/** Viewer shows the pages of a note one at a time, and has one transcribed again. */
export function Viewer({ entry, day, page, passage, onPage, busy, onClose }: Props) {
  const [asking, setAsking] = useState(false);
  const [reading, setReading] = useState<string | null>(null); // the scan that is being read again
  const count = entry.pages.length;
  const current = entry.pages[Math.min(page, count) - 1];
  useKeys(count > 1 ? words.viewer.pages : "", count > 1 ? [
    { keys: "[", label: words.viewer.previous, run: () => page > 1 && onPage(page - 1) },
    { keys: "]", label: words.viewer.next, run: () => page < count && onPage(page + 1) },
  ] : []);
  const start = passage?.start ?? -1;
  const end = passage?.end ?? -1;
  const part = useMemo(() => (current ? partOf(current, start, end) : null), [current, start, end]);
  if (!current) return null;

  const again = async () => {
    try {
      await api.POST("/entries/{id}/pages/{n}/retranscribe", {
        params: { path: { id: entry.id, n: current.number }, header: { "If-Match": entry.etag ?? "*" } },
      });
      setReading(current.file);
    } catch (error) {
      toast(words.viewer.againFailed, { detail: messageOf(error), urgent: true, timeout: 10_000 });
    }
  };
  // Arrows move a picture that is zoomed, not the day.
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key.startsWith("Arrow") && (event.target as HTMLElement).closest("[data-zoomed]")) event.stopPropagation();
  };
  return (
    <aside className="viewer" aria-label={words.viewer.pagesNote} onKeyDown={onKeyDown}>
      <div className="viewer-bar">
        {count > 1 ? (
          <div className="row">
            <IconButton label={words.viewer.previous} keys="[" small disabled={page <= 1} onClick={() => onPage(page - 1)}>
              <ChevronLeft aria-hidden />
            </IconButton>
            <span className="viewer-count" aria-live="polite">
              {words.viewer.page(current.number, count)}
            </span>
            <IconButton label={words.viewer.next} keys="]" small disabled={page >= count} onClick={() => onPage(page + 1)}>
              <ChevronRight aria-hidden />
            </IconButton>
          </div>
        ) : (
          <span className="viewer-count hint">{current.file.split("/").pop()}</span>
        )}
        <div className="row">
          {!busy && (
            <Button look="quiet" small busy={reading !== null} onClick={() => setAsking(true)}>
              <RefreshCw aria-hidden /> {reading ? words.viewer.reading : words.viewer.transcribeAgain}
            </Button>
          )}
          {onClose && (
            <IconButton label={words.viewer.hidePage} small onClick={onClose}>
              <X aria-hidden />
            </IconButton>
          )}
        </div>
      </div>
      {reading && <Again file={reading} onEnd={() => setReading(null)} />}
      <PageImage image={current.image} label={words.viewer.pageOfDay(current.number, plainDay(day))} part={part} />
      <Confirm open={asking} onClose={() => setAsking(false)} title={words.viewer.againTitle} action={words.viewer.transcribeAgain} onConfirm={() => void again()}>
        <p>{words.viewer.againDetail}</p>
        <p>{words.viewer.againCorrected}</p>
      </Confirm>
    </aside>
  );
}

/** Again watches a scan being read again, until its words are in the note. */
function Again({ file, onEnd }: { file: string; onEnd: () => void }) {
  const [scan, setScan] = useState<Schemas["ScanJSON"] | null>(null);
  const { error } = useEventStream("/ingest/stream", ({ data }) => {
    const now = (data as Schemas["IngestJSON"]).scans.find((s) => s.file === file) ?? null;
    setScan(now);
    if (now) return;
    toast(words.viewer.againDone);
    notesChanged();
    onEnd();
  });
  const retry = () => void fetchApi("/ingest", { method: "POST" }).catch(() => {});
  if (scan?.stage === "failed" || scan?.stage === "kept") {
    return (
      <Note
        tone={scan.stage === "failed" ? "bad" : "warn"}
        role="alert"
        actions={
          <>
            {scan.stage === "failed" && <Button small onClick={retry}>{words.viewer.tryAgain}</Button>}
            <Button small look="quiet" onClick={onEnd}>{words.viewer.dismiss}</Button>
          </>
        }
      >
        {scan.stage === "kept" ? words.viewer.notAgain : ""}
        {scan.error}
      </Note>
    );
  }
  return (
    <p className="viewer-state" role="status">
      {error ? messageOf(error) : scan && scan.pages > 1 ? words.viewer.readingPages(scan.done, scan.pages) : words.viewer.readingPage}
    </p>
  );
}
