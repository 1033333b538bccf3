import { useState } from "react";
import { keepBegun, readBegun } from "../../lib/begun";

/** useDraft is a question that is being written; it is there again when one comes back to the room. */
export function useDraft(thread: string | undefined) {
  const place = `ask.${thread ?? ""}`;
  const [draft, set] = useState(() => readBegun(place) ?? "");
  const setDraft = (text: string) => {
    set(text);
    keepBegun(place, text.trim() ? text : null);
  };
  return [draft, setDraft] as const;
}
