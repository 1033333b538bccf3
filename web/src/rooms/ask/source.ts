import { longDay } from "../../lib/dates";
import type { Citation } from "../../lib/types";

/** Source is a passage that an answer may cite. */
export interface Source extends Citation {
  /** The passage's words, where they are known. */
  words?: string;
}

/** Cited is a passage that was opened, and of which answer it is. */
export interface Cited extends Source {
  message: string;
}

// A note without a day of its own bears a name; its date is when it was changed.
export const isDaily = (source: Source) => /\d{4}/.test(source.title);

export const passageTitle = (source: Source) => `${source.number} · ${isDaily(source) ? longDay(source.date) : source.title}`;
