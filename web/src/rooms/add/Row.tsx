import { useQuery } from "@tanstack/react-query";
import { Check, CircleAlert, FileText, Image, X } from "lucide-react";
import { useEffect, useState } from "react";
import { Link } from "wouter";
import { fetchApi, type Schemas } from "../../lib/api";
import { announce } from "../../lib/announce";
import { isDay, plainDay, today } from "../../lib/dates";
import { fetchDay, notesChanged } from "../../lib/entries";
import { passagePath } from "../../lib/links";
import type { Uploaded } from "../../lib/upload";
import { Button, IconButton } from "../../ui/Button";
import { messageOf } from "../../ui/States";
import { toast } from "../../ui/Toasts";
import { uploads, type DayFrom, type Item } from "./uploads";
import { words } from "./words";

/** Row is a page on its way: its picture, its day, and how far it is. */
export function Row({ item, ingest }: { item: Item; ingest: Schemas["IngestJSON"] | null }) {
  const editable = (item.phase === "ready" || item.phase === "refused") && !item.hopeless;
  return (
    <li className="add-row" data-phase={item.phase}>
      <Thumbnail item={item} />
      <div className="add-what">
        <p className="add-name">{item.name}</p>
        {editable ? <DayField item={item} /> : item.hopeless ? null : <Dated item={item} />}
      </div>
      <div className="add-state">
        {item.phase === "ready" && <span className="hint">{words.row.notSentYet}</span>}
        {item.phase === "waiting" && <span className="hint">{words.row.waiting}</span>}
        {item.phase === "sending" && (
          <>
            <progress value={item.part} max={1} aria-label={words.row.uploading(item.name)} />
            <span className="hint">{item.part < 1 ? `${Math.round(item.part * 100)} %` : words.row.checking}</span>
          </>
        )}
        {item.phase === "refused" && (
          <div className="add-refused" role="alert">
            <CircleAlert aria-hidden /> <span>{item.error}</span>
            {!item.hopeless && (
              <Button small onClick={() => void uploads.send(item.id)}>
                {words.row.sendAgain}
              </Button>
            )}
          </div>
        )}
        {item.phase === "sent" && item.result && <Way result={item.result} ingest={ingest} />}
      </div>
      {item.phase !== "sending" && item.phase !== "waiting" && (
        <IconButton label={item.phase === "sent" ? words.row.hide(item.name) : words.row.remove(item.name)} small onClick={() => uploads.remove(item.id)}>
          <X aria-hidden />
        </IconButton>
      )}
    </li>
  );
}

function Thumbnail({ item }: { item: Item }) {
  const [failed, setFailed] = useState(false);
  const pdf = /\.pdf$/i.test(item.name);
  if (pdf || failed) {
    const Icon = pdf ? FileText : Image;
    return (
      <div className="add-thumb" aria-hidden>
        <Icon />
        <span>{(item.name.split(".").pop() ?? "").slice(0, 4)}</span>
      </div>
    );
  }
  return (
    <div className="add-thumb" aria-hidden>
      <img src={item.url} alt="" decoding="async" onError={() => setFailed(true)} />
    </div>
  );
}

const froms: Record<DayFrom, string> = {
  name: words.row.fromName,
  camera: words.row.fromCamera,
  today: words.row.today,
  you: "",
};

function DayField({ item }: { item: Item }) {
  const id = `day-${item.id}`;
  return (
    <div className="add-day">
      <input
        id={id}
        className="field"
        type="date"
        aria-label={words.row.dayOf(item.name)}
        aria-describedby={froms[item.dayFrom] ? `${id}-from` : undefined}
        value={item.day ?? ""}
        max={today()}
        onChange={(event) => uploads.setDay(item.id, isDay(event.target.value) ? event.target.value : null)}
      />
      {froms[item.dayFrom] && (
        <span id={`${id}-from`} className="hint">
          {froms[item.dayFrom]}
        </span>
      )}
    </div>
  );
}

function Dated({ item }: { item: Item }) {
  if (!item.day) return <p className="hint">{words.row.dateFromPhoto}</p>;
  return (
    <p className="hint">
      {plainDay(item.day)}
      {item.result?.date_from === "exif" && (
        <span className="add-clock"> {words.row.clock(item.result.file)}</span>
      )}
    </p>
  );
}

/** Way says how far a page has come: found, transcribed, written, to be found by a search. */
function Way({ result, ingest }: { result: Uploaded; ingest: Schemas["IngestJSON"] | null }) {
  const [seen, setSeen] = useState(false);
  const scan = ingest?.scans.find((other) => other.file === result.file);
  useEffect(() => {
    if (scan) setSeen(true);
  }, [scan]);
  // Once it is not on its way any more, its note is looked for.
  const away = ingest !== null && !scan;
  const { data: entry } = useQuery({
    queryKey: ["added", result.file],
    queryFn: async ({ signal }) => (await fetchDay(result.date, signal)).entries.find((other) => other.pages.some((page) => page.file === result.file)) ?? null,
    enabled: away,
    refetchInterval: (query) => (query.state.data && (seen || query.state.data.text.trim()) ? false : 700),
  });
  const done = away && entry ? (entry.text.trim() ? "searchable" : seen ? "blank" : null) : null;
  useEffect(() => {
    if (!done) return;
    announce(words.row.added(result.name));
    notesChanged();
  }, [done, result.name]);

  const retry = () => {
    fetchApi("/ingest", { method: "POST" }).catch((error: unknown) => toast(words.row.retryFailed, { detail: messageOf(error), urgent: true }));
  };
  if (scan?.stage === "failed") {
    return (
      <div className="add-refused" role="alert">
        <CircleAlert aria-hidden /> <span>{scan.error}</span>
        <Button small onClick={retry}>
          {words.row.tryAgain}
        </Button>
      </div>
    );
  }
  if (scan?.stage === "kept") return <p className="add-kept">{words.row.notTranscribed} {scan.error}</p>;
  const at = done ? 3 : !seen ? 0 : !scan ? 2 : scan.stage === "transcribed" ? 2 : 1;
  const reading = ingest?.running.includes("transcribing");
  return (
    <div className="add-way">
      <ol role="list" aria-label={words.row.progress(result.name)}>
        {[words.row.saved, words.row.read, words.row.written, words.row.searchable].map((name, i) => (
          <li key={name} data-done={i < at + (done || i === 0 ? 1 : 0) || undefined} aria-current={i === at ? "step" : undefined}>
            {name}
          </li>
        ))}
      </ol>
      {done && entry ? (
        <Link className="button small" href={passagePath(result.date, entry.id)}>
          <Check aria-hidden /> {done === "blank" ? words.row.noWords : words.row.openDay}
        </Link>
      ) : (
        <span className="hint">
          {scan && scan.pages > 1 ? words.row.pagesRead(scan.done, scan.pages) : scan && reading ? words.row.beingRead : seen && scan ? words.row.queued : "…"}
        </span>
      )}
    </div>
  );
}
