import type { Schemas } from "../../lib/api";

export type Summary = Schemas["Summary"];
export type Timeline = Schemas["Timeline"];
export type Mark = Schemas["Mark"];
export type Point = Schemas["Point"];

/** Request is what an analysis is asked. */
export interface Request {
  query: string;
  provider: string;
  model: string;
  from?: string;
  to?: string;
  tags?: string[];
  focus?: string;
  /** Compared with each other where there are any. */
  periods?: Period[];
}

export interface Period {
  from: string;
  to: string;
  name?: string;
}

/** Estimate is what an analysis would take. */
export interface Estimate {
  entries: number;
  input_tokens: number;
  output_tokens: number;
  calls: number;
  cached_calls: number;
  seconds_at_least: number;
  cost: number | null;
  currency: string | null;
  spent_this_month: number | null;
  monthly_cap: number | null;
  /** It is so much that a person should be asked once more. */
  confirm: boolean;
  notices: string[];
}

export type Kind = "years" | "compare" | "report";
export type State = "running" | "waiting" | "complete" | "partial" | "failed" | "cancelled";

/** Head is an analysis without its steps and result. */
export interface Head {
  id: string;
  kind: Kind;
  query: string;
  provider: string;
  model: string;
  from: string | null;
  to: string | null;
  tags: string[] | null;
  focus: string | null;
  periods?: Period[] | null;
  status: State;
  created_at: string;
  updated_at: string;
  entries: { in_range: number; read: number; unread: number; left_out: LeftOut[] | null };
  progress: { steps: number; done: number };
  usage: { input_tokens: number; output_tokens: number; calls: number; cost: number | null };
  error: string | null;
}

export interface LeftOut {
  id: string;
  date: string;
  title: string;
  why: string;
}

/** Analysis is one with all that there is of it so far. */
export interface Analysis extends Head {
  steps: Step[];
  result: Result | null;
}

export interface Step {
  id: string;
  kind: "chunk" | "year" | "round" | "final" | "prompt";
  name: string;
  year: number | null;
  status: "waiting" | "running" | "done" | "failed" | "cached";
  entries: string[] | null;
  error: string | null;
  analysis: Part | null;
}

export interface Part {
  reasoning: string;
  analysis: string;
  excerpts: string[] | null;
  quotations: Quotation[] | null;
  claims?: Claim[] | null;
}

export interface Claim {
  claim: string;
  quotations: Quotation[] | null;
}

/** Quotation is what a model gave as one. Only a verified one is: it stands in an entry, word for word. */
export interface Quotation {
  text: string;
  verified: boolean;
  entry_id: string | null;
  date: string | null;
  /** Where it stands in the entry's text, in code points. */
  start: number | null;
  end: number | null;
}

export interface Result {
  year_analyses: (Part & { year: number })[];
  final_analysis: Part | null;
  periods: (Part & Period)[];
  /** What was counted where no model was asked. */
  report?: Partial<Report> | null;
}

/** Report is what is said of a question without a model. */
export interface Report extends Summary {
  label: string;
  query: string;
  said: { word: string; by: "month" | "year"; days: number; points: Point[] }[];
  like: { date: string; id: string; title: string; excerpt: string; score: number }[];
  notices: string[];
}

/** isOver reports whether nothing more will come of an analysis. */
export const isOver = (status: State) => status !== "running" && status !== "waiting";
