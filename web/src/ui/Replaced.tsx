import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { notesChanged, plain, saveEntry, type Entry } from "../lib/entries";
import { acceptNote, fetchVersion, momentOf, restoreVersion } from "../lib/history";
import { Button } from "./Button";
import { later } from "../lib/later";
import { messageOf, Note } from "./States";
import { toast } from "./Toasts";
import { words } from "./words";

const Conflict = later(() => import("./Conflict"));

/** Replaced says that another program replaced what was saved here, and offers both versions. */
export function Replaced({ entry, onChange }: { entry: Entry; onChange: () => void }) {
  const [comparing, compare] = useState(false);
  const [busy, setBusy] = useState(false);
  const replaced = entry.replaced;
  const sides = useQuery({
    queryKey: ["history", entry.id, "replaced", replaced?.version, entry.etag],
    queryFn: async () => {
      const mine = plain((await fetchVersion(entry.id, replaced?.version ?? "")).text);
      const { together } = await import("../lib/together");
      return { mine, base: (await together(entry.id, mine, mine, plain(entry.text))).base };
    },
    enabled: comparing && replaced !== null,
  });
  if (!replaced || !entry.etag) return null;
  const etag = entry.etag;
  const run = async (change: () => Promise<unknown>) => {
    setBusy(true);
    try {
      await change();
      compare(false);
      onChange();
    } catch (error) {
      toast(words.replaced.failed, { detail: messageOf(error), urgent: true });
    }
    setBusy(false);
    notesChanged();
  };
  const mine = () => run(() => restoreVersion(entry.id, replaced.version, etag));
  const theirs = () => run(() => acceptNote(entry.id, etag));
  const both = (text: string) => run(() => saveEntry(entry.id, etag, text, entry.pages.length > 0, false, "merge"));
  if (comparing && sides.data) {
    return (
      <Conflict
        base={sides.data.base}
        mine={sides.data.mine}
        theirs={plain(entry.text)}
        busy={busy}
        onMerge={(text) => void both(text)}
        onMine={() => void mine()}
        onTheirs={() => void theirs()}
      />
    );
  }
  return (
    <Note
      tone="warn"
      actions={
        <>
          <Button small look="primary" busy={comparing && sides.isFetching} onClick={() => compare(true)}>
            {words.replaced.compare}
          </Button>
          <Button small busy={busy} onClick={() => void mine()}>
            {words.replaced.restore}
          </Button>
          <Button small busy={busy} look="quiet" onClick={() => void theirs()}>
            {words.replaced.keepVersion}
          </Button>
        </>
      }
    >
      {words.replaced.detail(momentOf(replaced))}
    </Note>
  );
}
