import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, got, type Schemas } from "../../lib/api";
import { today } from "../../lib/dates";
import { ofAny, questions } from "./words";

/** Suggested is a kind of question about a term. */
export type Suggested = "first" | "last" | "often" | "about";

const kinds: readonly Suggested[] = ["last", "first", "often", "about"];
const most = 4;

/** termsOf are the names of a journal, and its tags if there are few: those of most days first. */
export function termsOf({ names }: Pick<Schemas["Summary"], "names">): string[] {
  const of = (kind: string) => names.filter((mark) => mark.kind === kind).map((mark) => mark.term);
  return [...of("name"), ...of("tag").slice(0, 3)];
}

/** suggest makes questions of terms: others each day, so that a person sees new ones. */
export function suggest(terms: readonly string[], day: string): string[] {
  const best = terms.slice(0, 12);
  const turn = Math.floor(Date.parse(`${day}T00:00:00Z`) / 86_400_000);
  const picked = Array.from({ length: Math.min(most, best.length) }, (_, i) => best[(turn * most + i) % best.length] as string);
  const asked = picked.map((term, i) => questions[kinds[i % kinds.length] as Suggested](term));
  return [...new Set(asked), ...(asked.length < 2 ? ofAny : [])];
}

/** namesQuery asks for the names of the journal, without those of private notes. */
export const namesQuery = queryOptions({
  queryKey: ["almanac", "suggestions"],
  queryFn: ({ signal }) => got(api.GET("/almanac", { params: { query: { public: true } }, signal })) as Promise<Schemas["Summary"]>,
  staleTime: 600_000,
});

/**
 * useSuggestions returns questions from the journal's own names and tags; null
 * while they are not known. Private notes have no part in them, as a question
 * is sent to a provider.
 */
export function useSuggestions(): string[] | null {
  const { data, isError } = useQuery(namesQuery);
  if (data) return data.days === 0 ? [] : suggest(termsOf(data), today());
  return isError ? ofAny : null;
}
