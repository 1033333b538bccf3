import { many } from "./dates";

// The strings of src/lib, in one place so that they can be translated.

export const words = {
  api: {
    unreachable: "Daybook cannot be reached. Is it running, and is this device connected to it?",
    status: (status: number) => `The server answered with status ${status}.`,
  },
  stream: {
    failed: "The server reported an error.",
    lost: "The connection to Daybook was lost.",
  },
  answers: {
    queued: "Offline. Your question is kept and will be asked when Daybook is back.",
    lost: "The connection to Daybook was lost.",
    cutOff: "The answer was cut off.",
    words: (n: number) => `It has ${n} words.`,
    complete: (length: string) => `The answer is complete. ${length}`,
    stopped: "The answer was stopped.",
    incomplete: (message: string) => `The answer is incomplete. ${message}`,
  },
  deletions: {
    conversationDeleted: "Conversation deleted",
    undo: "Undo",
    failed: "The conversation could not be deleted",
  },
  models: {
    offline: "Offline",
  },
  history: {
    typed: "Saved in the page",
    client: "Saved by another app",
    transcribed: "Transcribed",
    merged: "Merged",
    restored: "Restored",
    undone: "Undone",
    deleted: "Deleted",
    writtenAnotherProgram: "Written by another program",
    savedDaybook: "Saved in Daybook",
  },
  amounts: {
    second: (n: number) => many(n, "second"),
    minute: (minutes: number) => many(minutes, "minute"),
    hour: (hours: number) => many(hours, "hour"),
  },
  upload: {
    unreachable: "Daybook cannot be reached. Is it running, and is this device connected to it?",
    status: (status: number) => `The server answered with status ${status}.`,
  },
  signin: {
    usedCode: "This code was used or has expired. Show a new one in Settings on the computer, and scan it.",
    expired: "This sign-in link has expired. Enter the token, or open the link that Daybook printed when it last started.",
  },
} as const;
