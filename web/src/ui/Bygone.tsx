import { lazy, Suspense, useState } from "react";
import { useDeleted, type DeletedNote } from "../lib/history";
import { notesChanged } from "../lib/entries";
import { Button } from "./Button";
import { Note } from "./States";

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
              Show its history
            </Button>
          }
        >
          The note <strong>{note.title}</strong> of this day is gone. It can be restored.
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
