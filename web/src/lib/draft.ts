// What was typed and is not saved yet lies in this browser until it is, so that
// neither a crash nor a lost connection takes it. Nothing else of a journal is
// kept here.

import { stored } from "./base";
import { isDay } from "./dates";

/** Draft is an unsaved text and the version that it is based on. */
export interface Draft {
  text: string;
  /** The text and state of the note that it is based on; empty and null for a new note. */
  base: string;
  etag: string | null;
}

const name = (key: string) => stored(`draft.${key}`);

/** readDraft returns the stored draft, or null. */
export function readDraft(key: string): Draft | null {
  try {
    const draft = JSON.parse(localStorage.getItem(name(key)) ?? "null") as Partial<Draft> | null;
    if (typeof draft?.text !== "string" || typeof draft.base !== "string") return null;
    return { text: draft.text, base: draft.base, etag: typeof draft.etag === "string" ? draft.etag : null };
  } catch {
    return null;
  }
}

/** writeDraft stores a draft; null removes it. It reports whether that succeeded. */
export function writeDraft(key: string, draft: Draft | null): boolean {
  try {
    if (draft === null) localStorage.removeItem(name(key));
    else localStorage.setItem(name(key), JSON.stringify(draft));
    return true;
  } catch {
    return false;
  }
}

/** forgetDraft removes a saved or discarded draft, unless another tab has stored a newer one. */
export function forgetDraft(key: string, text: string) {
  if (readDraft(key)?.text === text) writeDraft(key, null);
}

/** correctionKey is the draft key for changes of a note; new text for a day is stored by day. */
export const correctionKey = (entry: string) => `correct.${entry}`;

/** draftDays returns the days with drafts. */
export function draftDays(): string[] {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(name(""))).map((key) => key.slice(name("").length)).filter(isDay).sort();
  } catch {
    return [];
  }
}
