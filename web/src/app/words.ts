// The frame's strings, in one place so that they can be translated.

export const words = {
  skip: "Skip to content",
  more: "More",
  keys: "Keys",
  theme: "Theme",
  notFound: "Page not found",
  notFoundDetail: "This address does not exist. It may be from another version of Daybook.",
  toJournal: "Open the journal",
  showKeys: "Show these keys",
  searchJournal: "Search the journal",
  goTo: (room: string) => `Go to ${room}`,
  palette: {
    open: "Search or go to…",
    title: "Go to",
    label: "Go to a day, search, or ask",
    placeholder: "A day, a word, a question…",
    day: "Open day",
    write: "Write",
    ask: "Ask",
    search: "Search",
    room: "Open",
    conversation: "Conversation",
    newConversation: "New conversation",
    writeToday: "Write today’s note",
    keys: "Keyboard shortcuts",
  },
} as const;
