import type { Entry } from "../../lib/entries";
import type { Version } from "../../lib/history";

/** The state of a text compared with its file. */
export type State =
  | { is: "loading" }
  | { is: "unreadable"; error: unknown } // it could not be read: nothing may be written
  | { is: "empty" } // there is no note, and nothing was typed
  | { is: "saved"; at: Date | null } // null: it was there before
  | { is: "typing" } // it is to be saved
  | { is: "saving" }
  | { is: "blank" } // all words of a note are gone; that is not written by itself
  | { is: "failed"; why: string; again: boolean } // again: it is tried again by itself
  | { is: "conflict"; theirs: Entry | null } // null: the file is gone
  | { is: "replaced" }; // another program replaced what was saved here

/** Merged is what two versions were before they were brought together. */
export interface Merged {
  mine: string;
  base: string;
  /** The other program's version, as the history names it. */
  theirs: string;
}

export interface Kept {
  state: State;
  text: string;
  /** The note; null for a day without one. */
  entry: Entry | null;
  /** What both versions of a conflict were made from. */
  base: string;
  /** Other notes of the day. */
  others: Entry[];
  /** What was typed in an earlier visit and not saved has come back. */
  restored: boolean;
  /** The version that was saved here last, if another program replaced it and its words are not all in the file. */
  replaced: Version | null;
  /** The text has the changes of another program, which were merged with those made here. */
  merged: Merged | null;
}
