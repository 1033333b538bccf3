import { deleteEntry, notesChanged, type Entry } from "../lib/entries";
import { restoreVersion, versionOf } from "../lib/history";
import { messageOf } from "./States";
import { toast } from "./Toasts";

/** removeNote deletes a note, says so and offers to undo it. It reports whether the note was deleted. */
export async function removeNote(entry: Entry, onBack?: () => void): Promise<boolean> {
  const { etag } = entry;
  try {
    await deleteEntry(entry.id, etag ?? "*");
  } catch (error) {
    toast("The note was not deleted", { detail: messageOf(error), urgent: true });
    notesChanged();
    return false;
  }
  const undo = async () => {
    try {
      await restoreVersion(entry.id, versionOf(etag ?? ""), null);
      onBack?.();
    } catch (error) {
      toast("The note was not restored", { detail: messageOf(error), urgent: true });
    }
    notesChanged();
  };
  toast("The note is deleted", { timeout: 12_000, action: etag ? { label: "Undo", run: () => void undo() } : undefined });
  notesChanged();
  return true;
}
