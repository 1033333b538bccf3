import { BookOpenText, Camera, FilePlus2, ImagePlus } from "lucide-react";
import { useEffect, useRef, useState, useSyncExternalStore, type DragEvent } from "react";
import { Link, useLocation, useSearch } from "wouter";
import type { Schemas } from "../../lib/api";
import { isDay, plainDay, today } from "../../lib/dates";
import { useReader } from "../../lib/entries";
import { useKeys } from "../../lib/keys";
import { later, useLoaded } from "../../lib/later";
import { useMedia } from "../../lib/media";
import { useEventStream } from "../../lib/stream";
import { useTitle } from "../../lib/title";
import { Button } from "../../ui/Button";
import { Note, Skeleton } from "../../ui/States";
import { Waiting } from "../../ui/Waiting";
import { Recorder } from "../notebook/Recorder";
import { Row } from "./Row";
import { uploads } from "./uploads";
import { words } from "./words";
import { Work } from "./Work";
import "./add.css";
import "../notebook/notebook.css";

const kinds = "image/*,application/pdf,.pdf,.heic,.heif,.tif,.tiff,.webp";

const Notebook = later(() => import("../notebook"));

/** Add is where pages of paper come in: single ones, and whole notebooks. */
export default function Add() {
  const [path] = useLocation();
  const notebook = path.startsWith(notebookPath);
  const loaded = useLoaded(Notebook, notebook);
  if (!notebook) return <Pages />;
  return loaded ? <Notebook /> : <Skeleton />;
}

/** Where a whole notebook comes in. */
const notebookPath = "/app/add/notebook";

/** Pages is where single pages come in: dropped, chosen or photographed. */
function Pages() {
  useTitle(words.room.add);
  const asked = new URLSearchParams(useSearch()).get("day") ?? "";
  const day = isDay(asked) && asked <= today() ? asked : null;
  const items = useSyncExternalStore(uploads.subscribe, uploads.snapshot);
  const [ingest, setIngest] = useState<Schemas["IngestJSON"] | null>(null);
  const { error } = useEventStream("/ingest/stream", ({ event, data }) => event === "status" && setIngest(data as Schemas["IngestJSON"]));

  const ready = items.filter((item) => item.phase === "ready");
  const sent = new Set(items.map((item) => item.result?.file));
  return (
    <div className="room add">
      <header className="room-head">
        <div>
          <h1>{words.room.addPages}</h1>
          <p className="hint">{words.room.about}</p>
        </div>
        <Link className="button small" href={notebookPath}>
          <BookOpenText aria-hidden /> {words.room.addWholeNotebook}
        </Link>
      </header>
      <NoReader />
      <Drop day={day} small={items.length > 0} />
      {items.length > 0 && (
        <section aria-label={words.room.pages} className="add-pages">
          {ready.length > 1 && <DayForAll />}
          <ul role="list" className="add-list">
            {items.map((item) => (
              <Row key={item.id} item={item} ingest={ingest} />
            ))}
          </ul>
          {ready.length > 0 && (
            <div className="add-send">
              <Button look="primary" onClick={() => void uploads.send()}>
                <ImagePlus aria-hidden /> {words.room.addFiles(ready.length)}
              </Button>
            </div>
          )}
        </section>
      )}
      {error && <Note tone="warn">{words.room.noProgress(error.message)}</Note>}
      {ingest?.running.includes("transcribing") && <Waiting for={ingest.waiting} />}
      {ingest && <Work ingest={ingest} besides={sent} />}
      <Recorder />
    </div>
  );
}

/** NoReader says that nothing reads pages, where that is so. */
function NoReader() {
  const { data: reader } = useReader();
  if (reader !== null) return null;
  return (
    <Note tone="warn" actions={<Link className="button small" href="/app/settings">{words.room.chooseModel}</Link>}>
      <strong>{words.room.noModel}</strong> {words.room.noModelDetail}
    </Note>
  );
}

function Drop({ day, small }: { day: string | null; small: boolean }) {
  const touch = useMedia("(pointer: coarse)");
  const [over, setOver] = useState(false);
  const files = useRef<HTMLInputElement>(null);
  const camera = useRef<HTMLInputElement>(null);
  const take = (list: FileList | null | undefined) => list?.length && uploads.add(list, day, "you");
  useKeys(words.room.add, [{ keys: "f", label: words.room.chooseFiles, run: () => files.current?.click() }]);

  // Dropped anywhere in the room; outside of it a browser would open the file.
  useEffect(() => {
    const stop = (event: Event) => event.preventDefault();
    const paste = (event: ClipboardEvent) => take(event.clipboardData?.files);
    addEventListener("dragover", stop);
    addEventListener("drop", stop);
    addEventListener("paste", paste);
    return () => {
      removeEventListener("dragover", stop);
      removeEventListener("drop", stop);
      removeEventListener("paste", paste);
    };
  });
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files);
  };
  return (
    <div className="drop" data-over={over || undefined} data-small={small || undefined} onDragOver={() => setOver(true)} onDragLeave={() => setOver(false)} onDrop={onDrop}>
      <ImagePlus aria-hidden />
      <p>
        {touch ? words.room.photographOrChoose : words.room.dropOrChoose}
        {day && <> {words.room.for(plainDay(day))}</>}
      </p>
      <div className="row">
        {touch && (
          <Button look="primary" onClick={() => camera.current?.click()}>
            <Camera aria-hidden /> {words.room.photographPage}
          </Button>
        )}
        <Button look={touch ? "plain" : "primary"} onClick={() => files.current?.click()}>
          <FilePlus2 aria-hidden /> {words.room.chooseFiles}
        </Button>
      </div>
      <p className="hint">{words.room.formats}</p>
      <input
        ref={files}
        type="file"
        multiple
        accept={kinds}
        hidden
        aria-label={words.room.pagesAdd}
        onChange={(event) => {
          take(event.target.files);
          event.target.value = "";
        }}
      />
      <input
        ref={camera}
        type="file"
        accept="image/*"
        capture="environment"
        hidden
        aria-label={words.room.photoOfPage}
        onChange={(event) => {
          if (event.target.files) uploads.add(event.target.files, day ?? today(), day ? "you" : "today");
          event.target.value = "";
        }}
      />
    </div>
  );
}

function DayForAll() {
  return (
    <label className="add-all">
      <span>{words.room.dayForAll}</span>
      <input className="field" type="date" max={today()} onChange={(event) => isDay(event.target.value) && uploads.setDays(event.target.value)} />
    </label>
  );
}
