import type { Suggested } from "./suggestions";

// Home's strings, in one place so that they can be translated.

export const words = {
  title: "What would you like to remember?",
  demo: "This is a demo: the journal of an invented person.",
  openOwn: "Open your own",
  suggestions: "Suggested questions",
  today: "Today",
  nothingToday: "Nothing written yet today.",
  write: "Write",
  goOn: "Continue writing",
  onThisDay: "On this day",
  nothingOnThisDay: "Nothing was written on this day in other years.",
  recent: "Recent conversations",
  attention: "Needs attention",
  unsaved: (day: string) => `Text for ${day} is not saved yet`,
  failedPages: (n: number) => (n === 1 ? "1 page could not be transcribed" : `${n} pages could not be transcribed`),
  unread: (n: number) => (n === 1 ? "1 note could not be read" : `${n} notes could not be read`),
} as const;

/** questions are what can be asked of a name or tag. */
export const questions: Record<Suggested, (term: string) => string> = {
  first: (term) => `When did I first mention ${term}?`,
  last: (term) => `When did I last mention ${term}?`,
  often: (term) => `How often did I mention ${term}?`,
  about: (term) => `What did I write about ${term}?`,
};

/** ofAny are for a journal without names that set its years apart. */
export const ofAny = ["What did I do this time last year?", "What has been on my mind lately?"];
