import { useQuery, useQueryClient } from "@tanstack/react-query";
import { BookOpenText, Camera as CameraIcon, FilePlus2 } from "lucide-react";
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { Link } from "wouter";
import { api, ApiError, got, type Schemas } from "../../lib/api";
import { moment } from "../../lib/dates";
import { notesChanged } from "../../lib/entries";
import { useTitle } from "../../lib/title";
import { Button } from "../../ui/Button";
import { Confirm } from "../../ui/Dialog";
import { ErrorNote, messageOf, Note, Skeleton } from "../../ui/States";
import { toast } from "../../ui/Toasts";
import { Camera, canPhotograph } from "./Camera";
import { Glossary } from "./Glossary";
import { List } from "./List";
import { current, pages } from "./queue";
import { words } from "./words";
import "./notebook.css";

type Notebook = Schemas["NotebookPagesJSON"];

const kinds = "image/*,application/pdf,.pdf,.heic,.heif,.tif,.tiff,.webp";
const keyOf = (id: string | null) => ["notebook", id];

/** NotebookRoom is where a whole notebook comes in: its pages are photographed, and put into the journal by the dates on them. */
export default function NotebookRoom() {
  useTitle(words.room.notebook);
  const queue = useSyncExternalStore(pages.subscribe, pages.snapshot);
  const client = useQueryClient();
  const [id, setId] = useState(current.id());
  const [isPrivate, setPrivate] = useState(current.private());
  const [camera, setCamera] = useState(false);
  const [problem, setProblem] = useState("");
  useEffect(() => {
    void pages.load();
    return pages.onArrival(() => void client.invalidateQueries({ queryKey: keyOf(current.id()) }));
  }, [client]);

  const { data, error, refetch } = useQuery({
    queryKey: keyOf(id),
    queryFn: async ({ signal }) => {
      try {
        return await got(api.GET("/notebooks/{id}", { params: { path: { id: id ?? "" } }, signal }));
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return null; // nothing was sent yet
        throw error;
      }
    },
    enabled: id !== null,
    refetchInterval: (query) => (query.state.data?.waiting || query.state.data?.stage === "writing" ? 1000 : false),
  });
  const book = data ?? null;
  const mine = queue.photos.filter((photo) => photo.notebook === id);
  const show = (next: Notebook) => client.setQueryData(keyOf(next.id), next);

  const begin = () => {
    if (id && book?.stage !== "done") return id;
    const made = current.begin(isPrivate);
    setId(made);
    return made;
  };
  const choose = (chosen: Schemas["NotebookJSON"] | null) => {
    current.choose(chosen?.id ?? null, chosen?.private ?? false, chosen?.count ?? 0);
    setId(chosen?.id ?? null);
    setPrivate(chosen?.private ?? false);
  };
  const makePrivate = async (next: boolean) => {
    setPrivate(next);
    if (!id) return;
    current.choose(id, next, book?.count ?? 0);
    if (!book) return;
    try {
      show(await got(api.PUT("/notebooks/{id}", { params: { path: { id } }, body: { name: book.name, private: next } })));
    } catch (error) {
      setPrivate(!next);
      toast(words.room.notChanged, { detail: messageOf(error), urgent: true });
    }
  };

  return (
    <div className="room notebook">
      <header className="room-head">
        <div>
          <h1>{words.room.addNotebook}</h1>
          <p className="hint">{words.room.about}</p>
        </div>
        <Link className="button small" href="/app/add">
          {words.room.addSinglePages}
        </Link>
      </header>
      {queue.held && queue.photos.length > 0 && <Held />}
      {book?.stage === "done" ? (
        <Done book={book} onAnother={() => choose(null)} />
      ) : (
        <>
          <Capture isPrivate={isPrivate} onPrivate={(next) => void makePrivate(next)} onCamera={() => setCamera(true)} onFiles={(files) => void pages.addFiles(begin(), files)} small={Boolean(book?.count)} />
          {problem && <Note tone="warn">{problem}</Note>}
          <OnItsWay book={book} />
          {error && !book && <ErrorNote error={error} onRetry={() => void refetch()} />}
          {id && !data && !error && mine.length === 0 && <Skeleton />}
          {book && book.count > 0 && <List book={book} waiting={mine.length} onChange={show} onDone={() => notesChanged()} />}
          {book && <Erase book={book} onErased={() => choose(null)} />}
        </>
      )}
      <Others id={id} onChoose={choose} />
      <Glossary />
      {camera && (
        <Camera
          before={(book?.stage === "open" ? book.count : 0) + mine.length}
          onPhoto={(photo) => pages.add(begin(), photo, "photograph.jpg")}
          onClose={() => setCamera(false)}
          onFail={(reason) => {
            setCamera(false);
            setProblem(reason);
          }}
        />
      )}
    </div>
  );
}

interface CaptureProps {
  isPrivate: boolean;
  small: boolean;
  onPrivate: (isPrivate: boolean) => void;
  onCamera: () => void;
  onFiles: (files: FileList) => void;
}

function Capture({ isPrivate, small, onPrivate, onCamera, onFiles }: CaptureProps) {
  const files = useRef<HTMLInputElement>(null);
  const photo = useRef<HTMLInputElement>(null);
  return (
    <div className="nb-capture" data-small={small || undefined}>
      {!small && <BookOpenText aria-hidden />}
      <div className="row">
        <Button look="primary" onClick={() => (canPhotograph() ? onCamera() : photo.current?.click())}>
          <CameraIcon aria-hidden /> {words.room.photographPages}
        </Button>
        <Button onClick={() => files.current?.click()}>
          <FilePlus2 aria-hidden /> {words.room.chooseFilesPdf}
        </Button>
      </div>
      <label className="nb-private">
        <input type="checkbox" checked={isPrivate} onChange={(event) => onPrivate(event.target.checked)} />
        <span>
          {words.room.private}
        </span>
      </label>
      {[
        { input: files, capture: undefined, label: words.room.filesNotebook, accept: kinds },
        { input: photo, capture: "environment" as const, label: words.room.photographPage, accept: "image/*" },
      ].map(({ input, capture, label, accept }) => (
        <input
          key={label}
          ref={input}
          type="file"
          multiple
          hidden
          accept={accept}
          capture={capture}
          aria-label={label}
          onChange={(event) => {
            if (event.target.files?.length) onFiles(event.target.files);
            event.target.value = "";
          }}
        />
      ))}
    </div>
  );
}

/** OnItsWay says where the pages are: on this device, or safe on the server. */
function OnItsWay({ book }: { book: Notebook | null }) {
  const queue = useSyncExternalStore(pages.subscribe, pages.snapshot);
  const waiting = queue.photos.filter((photo) => !photo.refused).length;
  const refused = queue.photos.filter((photo) => photo.refused);
  if (queue.held) return null;
  return (
    <>
      {waiting > 0 && (
        <Note tone={queue.offline || queue.error ? "warn" : "info"} role="status" actions={(queue.offline || queue.error) && <Button small onClick={() => pages.retry()}>{words.room.sendNow}</Button>}>
          {queue.offline ? <strong>{words.room.offline} </strong> : null}
          {queue.error && <>{queue.error} </>}
          {queue.unkept ? words.room.pageNotSent(waiting) : words.room.pageSavedDevice(waiting, queue.offline ? words.room.sentWhenDaybook : words.room.beingSent)}
        </Note>
      )}
      {book && book.count > 0 && book.waiting > 0 && (
        <p role="status" className="hint">
          {words.room.pageSafeServer(book.count, book.waiting)}
        </p>
      )}
      {refused.map((photo) => (
        <Note key={photo.key} tone="bad" role="alert" actions={<Button small onClick={() => void pages.drop(photo.key)}>{words.room.remove}</Button>}>
          <strong>{photo.name}</strong> {photo.refused}
        </Note>
      ))}
    </>
  );
}

/** Held asks whose pages these are, after somebody signed out. */
function Held() {
  const { photos } = useSyncExternalStore(pages.subscribe, pages.snapshot);
  return (
    <Note
      tone="warn"
      actions={
        <>
          <Button small look="primary" onClick={() => pages.release()}>
            {words.room.send}
          </Button>
          <Button small onClick={() => void Promise.all(photos.map((photo) => pages.drop(photo.key))).then(() => pages.release())}>
            {words.room.delete}
          </Button>
        </>
      }
    >
      {words.room.fromBefore(photos.length)}
    </Note>
  );
}

function Done({ book, onAnother }: { book: Notebook; onAnother: () => void }) {
  const days = [...new Set(book.pages.flatMap((page) => page.dates))].sort();
  return (
    <section className="nb-done" aria-labelledby="done-title">
      <h2 id="done-title">
        {words.room.pageJournalDay(book.count, days.length)}
      </h2>
      <p className="hint">{words.room.transcriptionsAppearNotes}</p>
      <div className="row">
        {days[0] && (
          <Link className="button primary" href={`/app/journal/${days[0]}`}>
            {words.room.openFirstDay}
          </Link>
        )}
        <Button onClick={onAnother}>{words.room.addAnotherNotebook}</Button>
      </div>
    </section>
  );
}

function Erase({ book, onErased }: { book: Notebook; onErased: () => void }) {
  const [asking, setAsking] = useState(false);
  const erase = async () => {
    try {
      await api.DELETE("/notebooks/{id}", { params: { path: { id: book.id } } });
      await pages.dropAll(book.id);
      onErased();
    } catch (error) {
      toast(words.room.notDeleted, { detail: messageOf(error), urgent: true });
    }
  };
  return (
    <>
      <Button look="quiet" small className="nb-erase" onClick={() => setAsking(true)}>
        {words.room.deleteNotebook}
      </Button>
      <Confirm open={asking} onClose={() => setAsking(false)} title={words.room.deleteTitle} action={words.room.delete} danger onConfirm={() => void erase()}>
        {book.stage === "writing" ? words.room.deleteRest : words.room.deleteDetail(book.count)}
      </Confirm>
    </>
  );
}

/** Others lists notebooks that were begun, here or on another device. */
function Others({ id, onChoose }: { id: string | null; onChoose: (book: Schemas["NotebookJSON"]) => void }) {
  const { data } = useQuery({ queryKey: ["notebooks", id], queryFn: ({ signal }) => got(api.GET("/notebooks", { signal })) });
  const open = (data ?? []).filter((book) => book.stage !== "done" && book.id !== id && book.count > 0);
  if (open.length === 0) return null;
  return (
    <section aria-labelledby="others-title" className="nb-others">
      <h2 id="others-title">{words.room.unfinishedNotebooks}</h2>
      <ul role="list">
        {open.map((book) => (
          <li key={book.id}>
            <span>
              {words.room.pageBegun(book.count, moment(book.created))}
            </span>
            <Button small onClick={() => onChoose(book)}>
              {words.room.continue}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
