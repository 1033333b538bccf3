import { useState } from "react";
import { announce } from "../../lib/announce";
import { api, got, type Schemas } from "../../lib/api";
import { Button } from "../../ui/Button";
import { messageOf, Note } from "../../ui/States";
import { toast } from "../../ui/Toasts";
import { words } from "./words";

type Ingest = Schemas["IngestJSON"];

/** Photographs asks whether pictures that are named after days are pages of the diary, once for each folder, and shows what was answered. */
export function Photographs({ folders, onAnswer }: { folders: Ingest["photographs"]; onAnswer: (ingest: Ingest) => void }) {
  const [busy, setBusy] = useState(false);

  async function answer(folder: string, pages: boolean | null) {
    setBusy(true);
    try {
      onAnswer(await got(api.POST("/ingest/photographs", { body: { folder, pages } })));
      announce(words.photographs.saved);
    } catch (failure) {
      toast(words.photographs.answerNotSaved, { detail: messageOf(failure), urgent: true });
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
                  {words.photographs.diaryPages}
                </Button>
                <Button small busy={busy} onClick={() => void answer(folder, false)}>
                  {words.photographs.photographs}
                </Button>
              </>
            }
          >
            {words.photographs.picture(pictures)} <span className="path">{folder === "." ? words.photographs.journalFolder : folder}</span> {words.photographs.named(pictures)}{" "}
            <span className="path">{example}</span>{words.photographs.question}
          </Note>
        ))}
      {answered.length > 0 && (
        <details className="skipped">
          <summary>{answered.length === 1 ? words.photographs.oneFolder : words.photographs.folders(answered.length)}</summary>
          <ul role="list">
            {answered.map(({ folder, pages }) => (
              <li key={folder}>
                <span className="path">{folder === "." ? words.photographs.journalFolderTitle : folder}</span>: {pages ? words.photographs.asPages : words.photographs.asPhotographs}{" "}
                <Button small busy={busy} onClick={() => void answer(folder, null)}>
                  {words.photographs.askAgain}
                </Button>
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}
