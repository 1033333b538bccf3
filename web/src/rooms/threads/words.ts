import { many } from "../../lib/dates";

// The strings of Threads, in one place so that they can be translated.

export const words = {
  group: {
    damaged: "Damaged",
    today: "Today",
    yesterday: "Yesterday",
    thisWeek: "This week",
  },
  room: {
    threads: "Threads",
    findConversation: "Find a conversation",
    newConversation: "New conversation",
    loadingConversations: "Loading the conversations",
    about: "Your conversations are saved here, to read and continue.",
    none: "No conversations yet",
    askSomething: "Ask something",
    findLabel: "Find words in your conversations",
    foundOf: (found: number, n: number) => `${many(found, "conversation")} of ${n}`,
    found: (found: number) => many(found, "conversation"),
    titlesOnly: "Only titles could be searched.",
    searchingConversations: "Searching the conversations",
    noneFoundDetail: "All words must be in the title or in one message. Try fewer words.",
    noneFound: "No conversation has these words",
    damaged: "Damaged",
    asked: "You asked:",
  },
} as const;
