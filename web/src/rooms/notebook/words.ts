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
