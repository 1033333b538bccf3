import { useQuery } from "@tanstack/react-query";
import { PenLine } from "lucide-react";
import { api, got } from "../../lib/api";
import { count } from "../../lib/dates";
import { Button } from "../../ui/Button";
import { ErrorNote } from "../../ui/States";
import { words } from "./words";

/** Reading tells how far a journal that was just chosen is read; it can be entered meanwhile. */
export function Reading({ onEnter, onWrite }: { onEnter: () => void; onWrite: () => void }) {
  const ingest = useQuery({ queryKey: ["ingest", "first"], queryFn: () => got(api.GET("/ingest")), refetchInterval: 700 });
  const status = useQuery({ queryKey: ["status", "first"], queryFn: () => got(api.GET("/status")), refetchInterval: 700 });
  const ready = status.data?.status === "ready" && !ingest.data?.running.includes("reading");
  if (ready && ingest.data?.entries === 0) {
    return (
      <div className="stack">
        <p role="status">{words.reading.empty}</p>
        <div className="row">
          <Button look="primary" onClick={onWrite}>
            <PenLine aria-hidden /> {words.reading.write}
          </Button>
          <Button onClick={onEnter}>{words.reading.later}</Button>
        </div>
      </div>
    );
  }
  return (
    <div className="stack">
      <div role="status" className="setup-reading">
        <p className="setup-count">{count(ingest.data?.entries ?? 0)}</p>
        <p>{ready ? words.reading.done(ingest.data?.entries === 1 ? words.reading.noteIs : words.reading.notesAre) : words.reading.soFar(ingest.data?.entries === 1 ? words.reading.note : words.reading.notes)}</p>
        {ready && ingest.data?.embedding_model && ingest.data.passages_embedded < ingest.data.passages && (
          <p className="hint">{words.reading.indexing(ingest.data.passages - ingest.data.passages_embedded)}</p>
        )}
      </div>
      {ingest.error && <ErrorNote error={ingest.error} />}
      <div>
        <Button look="primary" onClick={onEnter}>
          {ready ? words.reading.start : words.reading.startNow}
        </Button>
      </div>
    </div>
  );
}
