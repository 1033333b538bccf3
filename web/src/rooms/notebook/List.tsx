import { useState } from "react";
import { api, got, type Schemas } from "../../lib/api";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { PageImage } from "../../ui/PageImage";
import { at } from "../../lib/base";
import { messageOf, Note } from "../../ui/States";
import { toast } from "../../ui/Toasts";
import { PageRow, type NotebookPage } from "./PageRow";
import { words } from "./words";

type Notebook = Schemas["NotebookPagesJSON"];

interface Props {
  book: Notebook;
  /** Pages that this device still has to send. */
  waiting: number;
  onChange: (book: Notebook) => void;
  onDone: () => void;
}

/** List is the one list to confirm: each page with its date and its first words. */
export function List({ book, waiting, onChange, onDone }: Props) {
  const [busy, setBusy] = useState(false);
  const [looking, setLooking] = useState<NotebookPage | null>(null);
  const doubtful = book.pages.filter((page) => page.doubts.length > 0);
  const undated = book.pages.filter((page) => page.dates.length === 0).length;
  const unread = book.pages.filter((page) => page.date_from !== "given" && (page.stage === "waiting" || page.stage === "reading")).length;

  const writing = book.stage === "writing";
  const stuck = writing && book.failed > 0;

  const change = async (page: NotebookPage, call: Promise<{ data?: Notebook }>) => {
    try {
      onChange(await got(call));
    } catch (error) {
      toast(words.list.pageNotChanged(page.number), { detail: messageOf(error), urgent: true });
    }
  };
  const path = (page: NotebookPage) => ({ params: { path: { id: book.id, page: page.id } } });
  const confirm = async () => {
    setBusy(true);
    try {
      onChange(await got(api.POST("/notebooks/{id}/confirm", { params: { path: { id: book.id } }, body: { version: book.version } })));
      onDone();
    } catch (error) {
      toast(words.list.notAddedJournal, { detail: messageOf(error), urgent: true });
      onChange(await got(api.GET("/notebooks/{id}", { params: { path: { id: book.id } } })));
    }
    setBusy(false);
  };
  const retry = async () => {
    try {
      onChange(await got(api.POST("/notebooks/{id}/retry", { params: { path: { id: book.id } } })));
    } catch (error) {
      toast(words.list.couldNotTry, { detail: messageOf(error), urgent: true });
    }
  };
  const nextDoubt = () => {
    const rows = doubtful.map((page) => document.getElementById(`page-${page.id}`)).filter((row) => row !== null);
    const below = rows.find((row) => row.getBoundingClientRect().top > innerHeight / 3) ?? rows[0];
    below?.scrollIntoView({ block: "center" });
    below?.querySelector("input")?.focus({ preventScroll: true });
  };
  const why = waiting > 0 ? words.list.pageStillDevice(waiting) : unread > 0 ? words.list.pageStillRead(unread) : undated > 0 ? words.list.pageWithoutDate(undated) : "";
  return (
    <section aria-labelledby="list-title" className="nb-list">
      <div className="nb-list-head">
        <h2 id="list-title">{words.list.pages(book.count)}</h2>
        {doubtful.length > 0 && (
          <Button small onClick={nextDoubt}>
            {words.list.dateCheck(doubtful.length)}
          </Button>
        )}
        {book.failed > 0 && !writing && (
          <Button small onClick={() => void retry()}>
            {words.list.readPageAgain(book.failed)}
          </Button>
        )}
      </div>
      {stuck && <Note tone="warn">{words.list.stuck(book.failed)}</Note>}
      <p className="hint">{words.list.ifCorrectDate}</p>
      <ol role="list">
        {book.pages.map((page) => (
          <PageRow
            key={page.id}
            page={page}
            onDates={(dates) => void change(page, api.PATCH("/notebooks/{id}/pages/{page}", { ...path(page), body: { dates } }))}
            onRemove={writing && page.stage !== "failed" ? undefined : () => void change(page, api.DELETE("/notebooks/{id}/pages/{page}", path(page)))}
            onLook={() => setLooking(page)}
          />
        ))}
      </ol>
      <div className="nb-send">
        <span className="hint">{why}</span>
        <Button look="primary" busy={busy || (writing && !stuck)} disabled={why !== "" && !writing} onClick={() => void confirm()}>
          {stuck ? words.list.tryAgain : words.list.putPageInto(book.count)}
        </Button>
      </div>
      {looking && (
        <Dialog open onClose={() => setLooking(null)} title={words.list.pageTitle(looking.number)} size="large">
          <PageImage image={at(looking.image)} label={words.list.pageNotebook(looking.number)} />
        </Dialog>
      )}
    </section>
  );
}
