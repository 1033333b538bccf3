import { useState } from "react";
import { whenSessionEnds } from "../../lib/session";

/** Questions that are begun and not asked, by their conversation: in memory, for as long as the page is open. */
const drafts = new Map<string, string>();

whenSessionEnds(() => drafts.clear());

/** useDraft is a question that is being written; it is there again when one comes back to the room. */
export function useDraft(thread: string | undefined) {
  const place = thread ?? "";
  const [draft, set] = useState(() => drafts.get(place) ?? "");
  const setDraft = (text: string) => {
    set(text);
    if (text.trim()) drafts.set(place, text);
    else drafts.delete(place);
  };
  return [draft, setDraft] as const;
}
