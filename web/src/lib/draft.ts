// What was typed and is not saved yet lies in this browser until it is, so that
// neither a crash nor a lost connection takes it. Nothing else of a journal is
// kept here.

import { isDay } from "./dates";

/** Draft is a text that is not saved, and what it was made from. */
export interface Draft {
  text: string;
  /** The text and state of the note that it was made from; empty and null for a note that is yet to be. */
  base: string;
  etag: string | null;
}

const name = (key: string) => `daybook.draft.${key}`;

/** readDraft returns what was left behind, null for nothing. */
export function readDraft(key: string): Draft | null {
  try {
    const draft = JSON.parse(localStorage.getItem(name(key)) ?? "null") as Partial<Draft> | null;
    if (typeof draft?.text !== "string" || typeof draft.base !== "string") return null;
    return { text: draft.text, base: draft.base, etag: typeof draft.etag === "string" ? draft.etag : null };
  } catch {
    return null;
  }
}

/** writeDraft keeps a text, null forgets it. It reports whether that was possible. */
export function writeDraft(key: string, draft: Draft | null): boolean {
  try {
    if (draft === null) localStorage.removeItem(name(key));
    else localStorage.setItem(name(key), JSON.stringify(draft));
    return true;
  } catch {
    return false;
  }
}

/** forgetDraft forgets a text that is saved or given up, and not what another tab has kept since. */
export function forgetDraft(key: string, text: string) {
  if (readDraft(key)?.text === text) writeDraft(key, null);
}

/** correctionKey is where a change of a note is kept; what is written for a day is kept by the day. */
export const correctionKey = (entry: string) => `correct.${entry}`;

/** draftDays are the days whose notes have words that are not saved. */
export function draftDays(): string[] {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(name(""))).map((key) => key.slice(name("").length)).filter(isDay).sort();
  } catch {
    return [];
  }
}
