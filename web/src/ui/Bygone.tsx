import { lazy, Suspense, useState } from "react";
import { useDeleted, type DeletedNote } from "../lib/history";
import { notesChanged } from "../lib/entries";
import { Button } from "./Button";
import { Note } from "./States";
import { words } from "./words";

const History = lazy(() => import("./History"));

/** Bygone offers the notes of a day that are gone and can be brought back. */
export function Bygone({ day, onRestored }: { day: string; onRestored?: () => void }) {
  const { data } = useDeleted(day, true);
  const [open, setOpen] = useState<DeletedNote | null>(null);
  if (!data?.length) return null;
  return (
    <>
      {data.map((note) => (
        <Note
          key={note.id}
          actions={
            <Button small onClick={() => setOpen(note)}>
              {words.bygone.history}
            </Button>
          }
        >
          {words.bygone.note} <strong>{note.title}</strong> {words.bygone.deleted}
        </Note>
      ))}
      {open && (
        <Suspense>
          <History
            open
            onClose={() => setOpen(null)}
            id={open.id}
            title={open.title}
            etag={null}
            text=""
            onRestored={() => {
              notesChanged();
              onRestored?.();
            }}
          />
        </Suspense>
      )}
    </>
  );
}
