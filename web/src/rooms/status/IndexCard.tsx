import { RotateCcw } from "lucide-react";
import { useState } from "react";
import { announce } from "../../lib/announce";
import { api, got, type Schemas } from "../../lib/api";
import { count, many, when } from "../../lib/dates";
import { useEventStream } from "../../lib/stream";
import { Button, classes } from "../../ui/Button";
import { ErrorNote, messageOf, Note, Skeleton } from "../../ui/States";
import { toast } from "../../ui/Toasts";
import { Waiting } from "../../ui/Waiting";
import { Card } from "./Card";
import { Skipped } from "./Skipped";

type Ingest = Schemas["IngestJSON"];
type Scan = Schemas["ScanJSON"];
type Unread = Schemas["UnreadJSON"];

const jobs: Record<string, string> = { reading: "Reading notes", transcribing: "Transcribing pages", embedding: "Learning what passages mean" };

/** IndexCard says how far the journal is read, transcribed and embedded, as that goes on. */
export function IndexCard() {
  const [ingest, setIngest] = useState<Ingest | null>(null);
  const [busy, setBusy] = useState(false);
  const { error } = useEventStream("/ingest/stream", ({ event, data }) => event === "status" && setIngest(data as Ingest));

  async function again() {
    setBusy(true);
    try {
      setIngest(await got(api.POST("/ingest")));
      announce("The journal is being looked at again.");
    } catch (failure) {
      toast("The journal could not be looked at", { detail: messageOf(failure), urgent: true });
    } finally {
      setBusy(false);
    }
  }

  async function accept(missing: number) {
    setBusy(true);
    try {
      setIngest(await got(api.POST("/ingest/accept-missing", { body: { missing } })));
      announce("The missing notes are forgotten.");
    } catch (failure) {
      toast("The missing notes were not forgotten", { detail: messageOf(failure), urgent: true });
    } finally {
      setBusy(false);
    }
  }

  const missing = ingest?.journal_missing;
  const failed = (ingest?.scans.filter((scan) => scan.stage === "failed").length ?? 0) + (ingest?.notes.length ?? 0);
  return (
    <Card
      title="What is read"
      wide
      aside={
        <Button small busy={busy} onClick={() => void again()}>
          <RotateCcw aria-hidden /> {failed > 0 ? "Try again" : "Look again"}
        </Button>
      }
    >
      {!ingest && !error && <Skeleton lines={3} />}
      {error && (ingest ? <Note tone="warn">{error.message} This is how it was before.</Note> : <ErrorNote error={error} />)}
      {ingest && (
        <>
          <p role="status" className="running">
            <span className="running-dot" data-on={ingest.running.length > 0 || undefined} data-failed={failed > 0 || undefined} aria-hidden />
            {ingest.running.length > 0 ? `${ingest.running.map((job) => jobs[job] ?? job).join(", ")}…` : failed > 0 ? "Not everything could be read: see below. What changes is noticed." : "Everything that is there is read. What changes is noticed."}
          </p>
          {missing && (
            <Note tone="warn">
              {missing.error}{" "}
              {missing.missing > 0 && (
                <Button small busy={busy} onClick={() => void accept(missing.missing)}>
                  I deleted {missing.missing === 1 ? "this note" : `these ${count(missing.missing)} notes`}
                </Button>
              )}
            </Note>
          )}
          {ingest.entries === 0 && <Note>There are no notes yet. Write today’s, add pages of paper, or choose the folder that has them.</Note>}
          <dl className="figures">
            <Figure name={ingest.entries === 1 ? "note" : "notes"} value={ingest.entries} />
            <Figure name={ingest.passages === 1 ? "passage" : "passages"} value={ingest.passages} />
            {ingest.embedding_model && <Figure name="found by meaning" value={ingest.passages_embedded} of={Math.max(ingest.passages - ingest.passages_withheld, 0)} />}
            {ingest.pages.total > 0 && <Figure name="pages transcribed" value={ingest.pages.done} of={ingest.pages.total} />}
          </dl>
          {ingest.passages_withheld > 0 && (
            <p className="hint">{many(ingest.passages_withheld, "passage")} of private notes {ingest.passages_withheld === 1 ? "is" : "are"} found by words alone: the embedding model is a provider’s.</p>
          )}
          <Waiting for={ingest.waiting} />
          {ingest.embedding_error && <Note tone="warn">Not all passages can be found by meaning yet: {ingest.embedding_error} It is tried again by itself.</Note>}
          {ingest.transcription_error && <Note tone="warn">No scans are read for now: {ingest.transcription_error} It is tried again by itself.</Note>}
          {ingest.serving_model && ingest.embedding_model && ingest.serving_model !== ingest.embedding_model && (
            <p className="hint">Until the passages are learnt anew, those of {ingest.serving_model} are searched.</p>
          )}
          {!ingest.embedding_model && <p className="hint">Passages are found by their words alone: no model for what they mean is set up.</p>}
          <NotRead notes={ingest.notes} />
          <Skipped skipped={ingest.skipped} />
          <Scans scans={ingest.scans} />
        </>
      )}
    </Card>
  );
}

function Figure({ name, value, of }: { name: string; value: number; of?: number }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {count(value)}
        {of !== undefined && value < of && <small> of {count(of)}</small>}
      </dd>
    </div>
  );
}

/** NotRead lists the notes and folders that could not be read; what they said before is what is searched. */
function NotRead({ notes }: { notes: readonly Unread[] }) {
  if (notes.length === 0) return null;
  return (
    <section className="scans" aria-labelledby="not-read">
      <h3 id="not-read">Could not be read</h3>
      <ul role="list">
        {notes.map((note) => (
          <li key={`${note.kind} ${note.file}`}>
            <p>
              <span className="path">{note.file || "The journal’s folder"}</span> <span className="chip bad">Failed</span>
            </p>
            <p className="scan-error">{note.error}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}

const stages: Record<Scan["stage"], { name: string; tone?: "warn" | "bad" }> = {
  failed: { name: "Failed", tone: "bad" },
  kept: { name: "Left alone", tone: "warn" },
  found: { name: "Waiting" },
  transcribed: { name: "To be written" },
};

/** Scans lists those whose words are not in their note: what failed first. */
function Scans({ scans }: { scans: readonly Scan[] }) {
  if (scans.length === 0) return null;
  const order: Scan["stage"][] = ["failed", "found", "transcribed", "kept"];
  const sorted = [...scans].sort((a, b) => order.indexOf(a.stage) - order.indexOf(b.stage) || a.file.localeCompare(b.file));
  return (
    <section className="scans" aria-labelledby="scans">
      <h3 id="scans">{many(scans.length, "scan")} not in a note</h3>
      <ul role="list">
        {sorted.map((scan) => (
          <li key={scan.file}>
            <p>
              <span className="path">{scan.file}</span> <span className={classes("chip", stages[scan.stage].tone)}>{stages[scan.stage].name}</span>
            </p>
            <p className="hint">
              {scan.pages > 0 && `${count(scan.done)} of ${many(scan.pages, "page")} · `}
              {scan.attempts > 0 && `tried ${many(scan.attempts, "time")} · `}
              {when(scan.updated_at)}
            </p>
            {scan.error && <p className="scan-error">{scan.error}</p>}
          </li>
        ))}
      </ul>
    </section>
  );
}
