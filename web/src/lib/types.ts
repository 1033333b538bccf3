import type { Schemas } from "./api";

// Names for the API's types, and types that its description lacks: unions and
// the events of streams.

export type Entry = Schemas["EntryJSON"];
export type Note = Schemas["NoteJSON"];
export type Page = Schemas["PageJSON"];
export type Citation = Schemas["Citation"];
export type Doc = Schemas["DocJSON"];
export type Passage = Schemas["PassageJSON"];
export type Mentions = Schemas["MentionsJSON"];
export type Quotation = Schemas["QuotationJSON"];
export type Thread = Schemas["ThreadJSON"];
export type ThreadMatch = Schemas["ThreadMatch"];
export type Message = Schemas["MessageJSON"];

/** Turn identifies a saved answer; the first event of its stream. */
export interface Turn {
  thread_id: string;
  question_id: string;
  answer_id: string;
  key: string;
}

/** Look is one search by an agent: the event search_iteration. */
export interface Look {
  iteration: number;
  tool: string;
  reasoning: string;
  query: string;
  results_count: number;
  new_entries_added: number;
}

/** Found has the sources of an answer: the event docs. */
export interface Found {
  docs: Doc[];
  intent: "recent" | "vector" | "none";
  mentions: Mentions | null;
  notices: string[];
  private_left_out?: number;
}

/** Done is the end of an answer: the events done and chat_response. */
export interface Done {
  response: string;
  citations: Citation[];
  quotations: Quotation[];
  notices: string[];
  usage: Schemas["UsageJSON"];
  private_left_out?: number;
}

export type Models = Schemas["ModelsJSON"];
export type ModelRef = Schemas["ModelJSON"];
