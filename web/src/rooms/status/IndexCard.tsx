import { RotateCcw } from "lucide-react";
import { useState } from "react";
import { announce } from "../../lib/announce";
import { api, got, type Schemas } from "../../lib/api";
import { count, when } from "../../lib/dates";
import { useEventStream } from "../../lib/stream";
import { Button, classes } from "../../ui/Button";
import { ErrorNote, messageOf, Note, Skeleton } from "../../ui/States";
import { toast } from "../../ui/Toasts";
import { Waiting } from "../../ui/Waiting";
import { Card } from "./Card";
import { Photographs } from "./Photographs";
import { Flawed, Skipped } from "./Skipped";
import { words as text } from "./words";

type Ingest = Schemas["IngestJSON"];
type Scan = Schemas["ScanJSON"];
type Unread = Schemas["UnreadJSON"];

const jobs: Record<string, string> = { reading: text.notes.readingNotes, transcribing: text.notes.transcribingPages, embedding: text.notes.indexingMeaning };

/** IndexCard says how far the journal is read, transcribed and embedded, as that goes on. */
export function IndexCard() {
  const [ingest, setIngest] = useState<Ingest | null>(null);
  const [busy, setBusy] = useState(false);
  const { error } = useEventStream("/ingest/stream", ({ event, data }) => event === "status" && setIngest(data as Ingest));

  async function again() {
    setBusy(true);
    try {
      setIngest(await got(api.POST("/ingest")));
      announce(text.notes.checkingJournal);
    } catch (failure) {
      toast(text.notes.checkFailed, { detail: messageOf(failure), urgent: true });
    } finally {
      setBusy(false);
    }
  }

  async function accept(missing: number) {
    setBusy(true);
    try {
      setIngest(await got(api.POST("/ingest/accept-missing", { body: { missing } })));
      announce(text.notes.removed);
    } catch (failure) {
      toast(text.notes.removeFailed, { detail: messageOf(failure), urgent: true });
    } finally {
      setBusy(false);
    }
  }

  const missing = ingest?.journal_missing;
  const failed = (ingest?.scans.filter((scan) => scan.stage === "failed").length ?? 0) + (ingest?.notes.length ?? 0);
  return (
    <Card
      title={text.notes.index}
      wide
      aside={
        <Button small busy={busy} onClick={() => void again()}>
          <RotateCcw aria-hidden /> {failed > 0 ? text.notes.tryAgain : text.notes.checkNow}
        </Button>
      }
    >
      {!ingest && !error && <Skeleton lines={3} />}
      {error && (ingest ? <Note tone="warn">{text.notes.stale(error.message)}</Note> : <ErrorNote error={error} />)}
      {ingest && (
        <>
          <p role="status" className="running">
            <span className="running-dot" data-on={ingest.running.length > 0 || undefined} data-failed={failed > 0 || missing !== null || undefined} aria-hidden />
            {stateOf(ingest, failed)}
          </p>
          {ingest.warnings.map((warning) => (
            <Note key={warning} tone="warn">
              {warning}
            </Note>
          ))}
          {missing && (
            <Note
              tone="bad"
              actions={
                missing.missing > 0 && (
                  <Button small busy={busy} onClick={() => void accept(missing.missing)}>
                    {text.notes.deleted(missing.missing === 1 ? text.notes.thatNote : text.notes.thoseNotes(missing.missing))}
                  </Button>
                )
              }
            >
              {missing.kinds.map(({ kind, error }) => (
                <p key={kind}>{error}</p>
              ))}
            </Note>
          )}
          {ingest.entries === 0 && <Note>{text.notes.none}</Note>}
          <dl className="figures">
            <Figure name={ingest.entries === 1 ? text.notes.noteUnit : text.notes.notesUnit} value={ingest.entries} />
            <Figure name={ingest.passages === 1 ? text.notes.passageUnit : text.notes.passagesUnit} value={ingest.passages} />
            {ingest.embedding_model && <Figure name={text.notes.foundMeaning} value={ingest.passages_embedded} of={Math.max(ingest.passages - ingest.passages_withheld, 0)} />}
            {ingest.pages.total > 0 && <Figure name={text.notes.pagesTranscribed} value={ingest.pages.done} of={ingest.pages.total} />}
          </dl>
          {ingest.passages_withheld > 0 && (
            <p className="hint">{text.notes.withheld(ingest.passages_withheld)}</p>
          )}
          <Waiting for={ingest.waiting} />
          {ingest.embedding_error && <Note tone="warn">{text.notes.embeddingError(ingest.embedding_error)}</Note>}
          {ingest.transcription_error && !missing && <Note tone="warn">{text.notes.transcriptionError(ingest.transcription_error)}</Note>}
          {ingest.serving_model && ingest.embedding_model && ingest.serving_model !== ingest.embedding_model && (
            <p className="hint">{text.notes.servingModel(ingest.serving_model)}</p>
          )}
          {!ingest.embedding_model && <p className="hint">{text.notes.wordsOnly}</p>}
          <NotRead notes={ingest.notes} />
          <Photographs folders={ingest.photographs} onAnswer={setIngest} />
          <Skipped skipped={ingest.skipped} />
          <Flawed flawed={ingest.flawed} />
          <Scans scans={ingest.scans} />
        </>
      )}
    </Card>
  );
}

/** stateOf says in a line how far the index is. `failed` is how many files could not be read. */
function stateOf({ running, journal_missing }: Ingest, failed: number): string {
  if (running.length > 0) return `${running.map((job) => jobs[job] ?? job).join(", ")}…`;
  if (journal_missing) return text.notes.missing;
  if (failed > 0) return text.notes.failedFiles(failed);
  return text.notes.upToDate;
}

function Figure({ name, value, of }: { name: string; value: number; of?: number }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {count(value)}
        {of !== undefined && value < of && <small> {text.notes.of(of)}</small>}
      </dd>
    </div>
  );
}

/** NotRead lists the notes and folders that could not be read; what they said before is what is searched. */
function NotRead({ notes }: { notes: readonly Unread[] }) {
  if (notes.length === 0) return null;
  return (
    <section className="scans" aria-labelledby="not-read">
      <h3 id="not-read">{text.notes.couldNotRead}</h3>
      <ul role="list">
        {notes.map((note) => (
          <li key={`${note.kind} ${note.file}`}>
            <p>
              <span className="path">{note.file || text.notes.journalFolder}</span> <span className="chip bad">{text.notes.failed}</span>
            </p>
            <p className="scan-error">{note.error}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}

const stages: Record<Scan["stage"], { name: string; tone?: "warn" | "bad" }> = {
  failed: { name: text.notes.failed, tone: "bad" },
  kept: { name: text.notes.skipped, tone: "warn" },
  found: { name: text.notes.waiting },
  transcribed: { name: text.notes.writing },
};

/** Scans lists those whose words are not in their note: what failed first. */
function Scans({ scans }: { scans: readonly Scan[] }) {
  if (scans.length === 0) return null;
  const order: Scan["stage"][] = ["failed", "found", "transcribed", "kept"];
  const sorted = [...scans].sort((a, b) => order.indexOf(a.stage) - order.indexOf(b.stage) || a.file.localeCompare(b.file));
  return (
    <section className="scans" aria-labelledby="scans">
      <h3 id="scans">{text.notes.scanNotTranscribed(scans.length)}</h3>
      <ul role="list">
        {sorted.map((scan) => (
          <li key={scan.file}>
            <p>
              <span className="path">{scan.file}</span> <span className={classes("chip", stages[scan.stage].tone)}>{stages[scan.stage].name}</span>
            </p>
            <p className="hint">
              {scan.pages > 0 && text.notes.page(scan.done, scan.pages)}
              {scan.attempts > 0 && text.notes.triedTime(scan.attempts)}
              {when(scan.updated_at)}
            </p>
            {scan.error && <p className="scan-error">{scan.error}</p>}
          </li>
        ))}
      </ul>
    </section>
  );
}
