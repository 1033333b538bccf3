import { useQuery, useQueryClient } from "@tanstack/react-query";
import { ChevronLeft } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { notesChanged, type Entry } from "../lib/entries";
import { causeOf, historyQuery, momentOf, restoreVersion, versionOf, versionQuery, type Version } from "../lib/history";
import { changes } from "../lib/merge";
import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { Segmented } from "./Segmented";
import { Empty, ErrorNote, messageOf, Skeleton } from "./States";
import { toast } from "./Toasts";
import { words } from "./words";
import "./history.css";

interface Props {
  open: boolean;
  onClose: () => void;
  /** Whose versions these are; a note that is gone has an id too. */
  id: string;
  /** What the note is called. */
  title: string;
  /** The note's state, and what it says; null for a note that is gone. */
  etag: string | null;
  text: string;
  onRestored: (entry: Entry) => void;
}

/** History lists the versions of a note, and shows, compares and restores each. */
export default function History({ open, onClose, id, title, etag, text, onRestored }: Props) {
  const { data, error, isPending, refetch } = useQuery({ ...historyQuery(id), enabled: open });
  const [chosen, choose] = useState<Version | null>(null);
  useEffect(() => {
    if (!open) choose(null);
  }, [open]);
  return (
    <Dialog open={open} onClose={onClose} title={words.history.title(title)} size="sheet">
      {error && !data && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {isPending && <Skeleton lines={6} />}
      {data?.length === 0 && <Empty title={words.history.none}>{words.history.noneDetail}</Empty>}
      {data && data.length > 0 && (
        <div className="history" data-chosen={chosen !== null || undefined}>
          <ol role="list" className="history-list" aria-label={words.history.versions}>
            {data.map((version) => (
              <li key={version.version}>
                <button type="button" className="history-item" aria-pressed={chosen?.version === version.version} onClick={() => choose(version)}>
                  <span>
                    <time dateTime={version.at}>{momentOf(version)}</time>
                    {version.etag === etag && etag !== null && <span className="chip">{words.history.current}</span>}
                  </span>
                  <span className="hint">
                    {causeOf(version)}
                    {version.etag !== null && ` · ${words.history.bytes(version.size)}`}
                  </span>
                </button>
              </li>
            ))}
          </ol>
          <div className="history-shown">
            {chosen ? (
              <Shown key={chosen.version} id={id} version={chosen} etag={etag} now={text} onBack={() => choose(null)} onRestored={onRestored} onClose={onClose} />
            ) : (
              <p className="hint">{words.history.choose}</p>
            )}
          </div>
        </div>
      )}
    </Dialog>
  );
}

interface ShownProps {
  id: string;
  version: Version;
  etag: string | null;
  now: string;
  onBack: () => void;
  onRestored: (entry: Entry) => void;
  onClose: () => void;
}

type Way = "text" | "changes";

/** Shown is one version: what it says, or how it differs from the note. */
function Shown({ id, version, etag, now, onBack, onRestored, onClose }: ShownProps) {
  const { data, error, refetch } = useQuery({ ...versionQuery(id, version.version), enabled: version.etag !== null });
  const [way, setWay] = useState<Way>("text");
  const [busy, setBusy] = useState(false);
  const queries = useQueryClient();
  const current = version.etag === etag && etag !== null;

  const restore = async () => {
    setBusy(true);
    try {
      const entry = await restoreVersion(id, version.version, etag);
      onRestored(entry);
      onClose();
      toast(words.history.restored, {
        timeout: 12_000,
        action: etag !== null && entry.etag ? { label: words.history.undo, run: () => void undo(etag, entry.etag as string) } : undefined,
      });
    } catch (failure) {
      toast(words.history.restoreFailed, { detail: messageOf(failure), urgent: true });
    }
    setBusy(false);
    notesChanged();
    void queries.invalidateQueries({ queryKey: ["history", id] });
  };
  const undo = async (before: string, after: string) => {
    try {
      onRestored(await restoreVersion(id, versionOf(before), after));
    } catch (failure) {
      toast(words.history.undoFailed, { detail: messageOf(failure), urgent: true });
    }
    notesChanged();
  };

  return (
    <>
      <div className="history-back">
        <Button small look="quiet" onClick={onBack}>
          <ChevronLeft aria-hidden /> {words.history.allVersions}
        </Button>
      </div>
      <h3>{momentOf(version)}</h3>
      <p className="hint">{causeOf(version)}</p>
      {version.etag === null ? (
        <p>{words.history.noteDeleted}</p>
      ) : (
        <>
          <div className="row history-ways">
            <Segmented<Way>
              label={words.history.show}
              value={way}
              onChange={setWay}
              options={[
                { value: "text", label: words.history.text },
                { value: "changes", label: words.history.compare },
              ]}
            />
            {!current && (
              <Button look="primary" busy={busy} disabled={!data} onClick={() => void restore()}>
                {words.history.restore}
              </Button>
            )}
          </div>
          {error && !data && <ErrorNote error={error} onRetry={() => void refetch()} />}
          {!data && !error && <Skeleton lines={5} />}
          {data && way === "text" && (
            <div className="history-text" dir="auto">
              {data.text || <span className="hint">{words.history.noText}</span>}
            </div>
          )}
          {data && way === "changes" && <Compared old={data.text} now={now} />}
        </>
      )}
    </>
  );
}

/** Compared shows how the note differs from a version. */
function Compared({ old, now }: { old: string; now: string }) {
  const list = useMemo(() => changes(old, now), [old, now]);
  if (!list) return <p>{words.history.tooDifferent}</p>;
  const length = (where: "old" | "new") => list.filter((change) => change.in === where).reduce((n, change) => n + (change.text.match(/\S+/g)?.length ?? 0), 0);
  const [gone, added] = [length("old"), length("new")];
  return (
    <>
      <p className="hint">
        {gone + added === 0 ? words.history.same : words.history.changed(gone, added)}
      </p>
      <div className="history-text" dir="auto">
        {list.map((change, i) => (change.in === "old" ? <del key={i}>{change.text}</del> : change.in === "new" ? <ins key={i}>{change.text}</ins> : <span key={i}>{change.text}</span>))}
      </div>
    </>
  );
}
