import type { Schemas } from "../../lib/api";

// Names for what the API gives of years and analyses, and what its description
// does not say of itself.

export type Summary = Schemas["Summary"];
export type Mark = Schemas["Mark"];
export type Point = Schemas["Point"];

/** Request is what an analysis, or a comparison of periods, is asked. */
export type Request = Schemas["EstimateInputBody"];
export type Period = Schemas["PeriodJSON"];
export type Estimate = Schemas["Estimate"];

/** Head is an analysis without its steps and result. */
export type Head = Schemas["Overview"];
export type State = Head["status"];
export type LeftOut = Schemas["LeftOut"];
export type Step = Omit<Schemas["Step"], "analysis"> & { analysis: Part | null };
export type Part = Schemas["Part"];
/** Quotation is what a model gave as one. Only a verified one is: it stands in an entry, word for word. */
export type Quotation = Schemas["Quotation"];

/** Analysis is one with all that there is of it so far. */
export type Analysis = Head & { steps: Step[]; result: Result | null };
export type Result = Omit<Schemas["Result"], "final_analysis" | "report"> & {
  final_analysis: Part | null;
  /** What was counted where no model was asked. */
  report?: Partial<Report> | null;
};

/** Report is what is said of a question without a model. */
export interface Report extends Summary {
  label: string;
  query: string;
  said: { word: string; by: "month" | "year"; days: number; points: Point[] }[];
  like: (Schemas["Glimpse"] & { score: number })[];
  notices: string[];
}

/** isOver reports whether nothing more will come of an analysis. */
export const isOver = (status: State) => status !== "running" && status !== "waiting";
