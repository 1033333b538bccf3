// What the room says, in one place, so that a translation can follow.

/** Why a page's date should be looked at. */
export const doubts: Record<string, string> = {
  no_date: "No date found",
  no_year: "The year is a guess",
  weekday: "The weekday does not match",
  earlier: "Earlier than the page before",
  gap: "Long after the page before",
  future: "In the future",
  not_real: "No such day",
  day_or_month: "Day and month may be swapped",
  only_weekday: "Only a weekday",
  unclear: "Hard to read",
  too_many_days: "Too many days for one page",
};

/** Where a page's date comes from. */
export const sources: Record<string, string> = {
  page: "Written on the page",
  continued: "Continues the page before",
  given: "Set by you",
  unknown: "",
};

export const stages: Record<string, string> = {
  waiting: "Waiting to be read",
  reading: "Reading…",
  unread: "Not read: no transcription model is set",
  private: "Private: not read by a model",
};

/** What is said of recordings. */
export const recorder = {
  stages: {
    kept: "On this device, not saved yet.",
    refused: "On this device, not saved.",
    sending: "Saving…",
    saved: "Saved, not transcribed.",
    transcribing: "Saved. Transcribing…",
    done: "Saved and transcribed.",
    failed: "Saved. It could not be transcribed.",
  },
  offline: "Offline. It goes on when Daybook is back.",
  failedToDo: "The recording plays in its note. Transcribe it again, or write its words there.",
  transcribe: "Transcribe",
  tryAgain: "Try again",
  leave: "Leave it without words",
  remove: "Delete the recording",
  removeTitle: "Delete this recording?",
  removeDetail: "It is on this device only. It cannot be brought back.",
  unkept: "This browser cannot store the recording: keep this page open until it is saved.",
  held: "There are recordings on this device from before a sign-out.",
  release: "They are mine: save them",
  dropAll: "Delete them",
} as const;

/** What is said of a notebook that is being put into the journal. */
export const list = {
  stuck: (n: number) => `${n === 1 ? "1 page" : `${n} pages`} could not be put into the journal. The others are there. Try again, or remove ${n === 1 ? "it" : "them"} from the list.`,
  again: "Try again",
  deleteRest: "The pages that are in your journal stay there. The others will be deleted; only the paper remains.",
} as const;
