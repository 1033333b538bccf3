import { deleteEntry, notesChanged, type Entry } from "../lib/entries";
import { restoreVersion, versionOf } from "../lib/history";
import { messageOf } from "./States";
import { toast } from "./Toasts";
import { words } from "./words";

/** removeNote deletes a note, says so and offers to undo it. It reports whether the note was deleted. */
export async function removeNote(entry: Entry, onBack?: () => void): Promise<boolean> {
  const { etag } = entry;
  try {
    await deleteEntry(entry.id, etag ?? "*");
  } catch (error) {
    toast(words.remove.deleteFailed, { detail: messageOf(error), urgent: true });
    notesChanged();
    return false;
  }
  const undo = async () => {
    try {
      await restoreVersion(entry.id, versionOf(etag ?? ""), null);
      onBack?.();
    } catch (error) {
      toast(words.remove.restoreFailed, { detail: messageOf(error), urgent: true });
    }
    notesChanged();
  };
  toast(words.remove.deleted, { timeout: 12_000, action: etag ? { label: words.remove.undo, run: () => void undo() } : undefined });
  notesChanged();
  return true;
}
