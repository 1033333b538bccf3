import { many } from "../../lib/dates";

// The strings of the setup, in one place so that they can be translated.

export const words = {
  chooseModel: {
    title: "Which model should answer your questions?",
    stayOffline: "Stay offline",
    offlineDetail: "Daybook quotes the passages it finds. Nothing leaves this computer.",
    useLocal: (shortModel: string, label: string) => `Use ${shortModel} from ${label} on this machine`,
    pasteKey: "Paste a key",
    use: (label: string) => `Use ${label}`,
    useKey: "Use this key",
    sent: (label: string) => `Questions, and the passages found for them, go to ${label}.`,
    keyHint: "From OpenAI, Anthropic, Gemini, OpenRouter or Groq. You can add others in Settings.",
  },
  reading: {
    notesAre: "notes are",
    noteIs: "note is",
    done: (notes: string) => `${notes} read. You can start asking.`,
    notes: "notes",
    note: "note",
    soFar: (notes: string) => `${notes} read so far…`,
    indexing: (passages: number) => `Indexing by meaning: ${many(passages, "passage")} left.`,
    start: "Start",
    startNow: "Start now",
  },
  room: {
    title: "Your journal",
    reading: "Your journal is open",
    where: "Where is your journal?",
    about: "Daybook reads a folder of daily notes on this computer and answers questions about them. Your notes stay where they are.",
    noJournalYet: "Just looking?",
    demo: "Look around in a demo journal: two years of an invented person.",
    backDemoJournal: "Back to the demo journal",
    openDemoJournal: "Open the demo journal",
    daybook: "Daybook",
    journalFolder: "The journal’s folder",
    pathHint: "The full path, such as ~/Journal or /home/you/Documents/Vault. To start a new journal, name a new folder.",
    checking: "Checking…",
    openJournal: "Open this journal",
    createJournal: "Create this folder",
    creatable: "Daybook can create it, and your journal starts there.",
    scans: (scans: number) => `It also has ${many(scans, "scan")} of pages.`,
    format: "Names of the notes",
    detect: "Detect",
  },
} as const;
