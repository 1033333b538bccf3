import { useQuery } from "@tanstack/react-query";
import { api, got } from "../../lib/api";
import { count, many } from "../../lib/dates";
import { Button } from "../../ui/Button";
import { ErrorNote } from "../../ui/States";

/** Reading tells how far a journal that was just chosen is read; it can be entered meanwhile. */
export function Reading({ onEnter }: { onEnter: () => void }) {
  const ingest = useQuery({ queryKey: ["ingest", "first"], queryFn: () => got(api.GET("/ingest")), refetchInterval: 700 });
  const status = useQuery({ queryKey: ["status", "first"], queryFn: () => got(api.GET("/status")), refetchInterval: 700 });
  const ready = status.data?.status === "ready" && !ingest.data?.running.includes("reading");
  return (
    <div className="stack">
      <div role="status" className="setup-reading">
        <p className="setup-count">{count(ingest.data?.entries ?? 0)}</p>
        <p>{ready ? `${ingest.data?.entries === 1 ? "note is" : "notes are"} read. You can start asking.` : `${ingest.data?.entries === 1 ? "note" : "notes"} read so far…`}</p>
        {ready && ingest.data?.embedding_model && ingest.data.passages_embedded < ingest.data.passages && (
          <p className="hint">Indexing by meaning: {many(ingest.data.passages - ingest.data.passages_embedded, "passage")} left.</p>
        )}
      </div>
      {ingest.error && <ErrorNote error={ingest.error} />}
      <div>
        <Button look="primary" onClick={onEnter}>
          {ready ? "Begin" : "Begin meanwhile"}
        </Button>
      </div>
    </div>
  );
}
