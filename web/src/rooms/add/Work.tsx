import { CircleAlert, Clock, Hand } from "lucide-react";
import { useState } from "react";
import { fetchApi, type Schemas } from "../../lib/api";
import { Button } from "../../ui/Button";
import { messageOf } from "../../ui/States";
import { toast } from "../../ui/Toasts";
import { words } from "./words";

const icons = { failed: CircleAlert, kept: Hand, found: Clock, transcribed: Clock };
const few = 20;

/** Work is what else is on its way in the journal's folder: pages that failed, that wait, that are left alone. */
export function Work({ ingest, besides }: { ingest: Schemas["IngestJSON"]; besides: Set<string | undefined> }) {
  const [busy, setBusy] = useState(false);
  const [all, setAll] = useState(false);
  const scans = ingest.scans.filter((scan) => !besides.has(scan.file)).sort((a, b) => rank(a) - rank(b) || a.file.localeCompare(b.file));
  const failed = ingest.scans.filter((scan) => scan.stage === "failed").length;
  if (scans.length === 0) return null;
  const retry = async () => {
    setBusy(true);
    try {
      await fetchApi("/ingest", { method: "POST" });
    } catch (error) {
      toast(words.work.retryFailed, { detail: messageOf(error), urgent: true });
    }
    setBusy(false);
  };
  return (
    <section className="work" aria-labelledby="work-title">
      <div className="work-head">
        <h2 id="work-title">{words.work.journalFolder}</h2>
        {failed > 0 && (
          <Button small busy={busy} onClick={() => void retry()}>
            {words.work.retry(failed)}
          </Button>
        )}
      </div>
      <ul role="list">
        {(all ? scans : scans.slice(0, few)).map((scan) => {
          const Icon = icons[scan.stage];
          return (
            <li key={scan.file} data-stage={scan.stage}>
              <Icon aria-hidden />
              <span>
                <strong>{scan.file}</strong> {wordsOf(scan, ingest.running)}
              </span>
            </li>
          );
        })}
      </ul>
      {scans.length > few && (
        <Button look="quiet" small aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? words.work.fewer : words.work.all(scans.length)}
        </Button>
      )}
    </section>
  );
}

const rank = (scan: Schemas["ScanJSON"]) => ["failed", "found", "transcribed", "kept"].indexOf(scan.stage);

function wordsOf(scan: Schemas["ScanJSON"], running: string[]): string {
  switch (scan.stage) {
    case "failed":
      return words.work.failed(scan.attempts > 1 ? words.work.times(scan.attempts) : "", scan.error ?? "");
    case "kept":
      return words.work.kept(scan.error ?? "");
    case "transcribed":
      return words.work.transcribed;
    default:
      return scan.pages > 1 && scan.done > 0 ? words.work.reading(scan.done, scan.pages) : running.includes("transcribing") ? words.work.next : words.work.waiting;
  }
}
