import { useState } from "react";
import { announce } from "../../lib/announce";
import { api, got, type Schemas } from "../../lib/api";
import { many } from "../../lib/dates";
import { Button } from "../../ui/Button";
import { messageOf, Note } from "../../ui/States";
import { toast } from "../../ui/Toasts";

type Ingest = Schemas["IngestJSON"];

/** Photographs asks whether pictures that are named after days are pages of the diary, once for each folder, and shows what was answered. */
export function Photographs({ folders, onAnswer }: { folders: Ingest["photographs"]; onAnswer: (ingest: Ingest) => void }) {
  const [busy, setBusy] = useState(false);

  async function answer(folder: string, pages: boolean | null) {
    setBusy(true);
    try {
      onAnswer(await got(api.POST("/ingest/photographs", { body: { folder, pages } })));
      announce("Saved.");
    } catch (failure) {
      toast("The answer was not saved", { detail: messageOf(failure), urgent: true });
    } finally {
      setBusy(false);
    }
  }

  const answered = folders.filter(({ pages }) => pages !== null);
  return (
    <>
      {folders
        .filter(({ pages }) => pages === null)
        .map(({ folder, pictures, example }) => (
          <Note
            key={folder}
            actions={
              <>
                <Button small busy={busy} onClick={() => void answer(folder, true)}>
                  Diary pages
                </Button>
                <Button small busy={busy} onClick={() => void answer(folder, false)}>
                  Photographs
                </Button>
              </>
            }
          >
            {many(pictures, "picture")} in <span className="path">{folder === "." ? "the journal’s folder" : folder}</span> {pictures === 1 ? "is" : "are"} named after days, such as{" "}
            <span className="path">{example}</span>. Diary pages to transcribe, or photographs to leave alone?
          </Note>
        ))}
      {answered.length > 0 && (
        <details className="skipped">
          <summary>{answered.length === 1 ? "1 folder of pictures" : `${answered.length} folders of pictures`}</summary>
          <ul role="list">
            {answered.map(({ folder, pages }) => (
              <li key={folder}>
                <span className="path">{folder === "." ? "The journal’s folder" : folder}</span>: {pages ? "diary pages" : "photographs"}{" "}
                <Button small busy={busy} onClick={() => void answer(folder, null)}>
                  Ask again
                </Button>
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}
