import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, ApiError, fetchApi, got, type Schemas } from "./api";
import { queryClient } from "./query";

/** Entry is a note as the API returns it, with the state of its file. */
export type Entry = Schemas["NoteJSON"];
export type Page = Schemas["PageJSON"];
export type Day = Schemas["Day"];
export interface DayBody {
  date: string;
  entries: Entry[];
  previous: string | null;
  next: string | null;
  on_this_day: Schemas["Glimpse"][];
}
export type Found = Schemas["ResultJSON"];
export type Shown = Schemas["ShownJSON"];

/** plain normalises line ends and trims a text, for comparing two texts of a note. */
export const plain = (text: string) => text.replace(/\r\n?/g, "\n").trim();

/** useDays returns all days with a note, earliest first. */
export function useDays() {
  return useQuery({ queryKey: ["days"], queryFn: ({ signal }) => got(api.GET("/days", { signal })), staleTime: 30_000 });
}

export async function fetchDay(day: string, signal?: AbortSignal): Promise<DayBody> {
  return got(api.GET("/days/{date}", { params: { path: { date: day } }, signal }));
}

export const dayQuery = (day: string) => queryOptions({ queryKey: ["day", day], queryFn: ({ signal }) => fetchDay(day, signal) });

/** useDay returns a day with its notes, its neighbours, and the same day of other years. */
export function useDay(day: string) {
  return useQuery(dayQuery(day));
}

export function useTags() {
  return useQuery({ queryKey: ["tags"], queryFn: async ({ signal }) => (await got(api.GET("/tags", { signal }))).tags, staleTime: 60_000 });
}

export async function fetchEntry(id: string, signal?: AbortSignal): Promise<Entry> {
  return got(api.GET("/entries/{id}", { params: { path: { id } }, signal }));
}

export function useEntry(id: string | null) {
  return useQuery({ queryKey: ["entry", id], queryFn: ({ signal }) => fetchEntry(id as string, signal), enabled: id !== null });
}

/** Browsers limit keepalive requests to 64 KB. */
const outlives = (text: string) => new Blob([text]).size < 60_000;

/** createEntry writes the first note of a day. `leaving` lets the browser finish the request after the page is closed. */
export async function createEntry(date: string, text: string, leaving = false): Promise<Entry> {
  return got(api.POST("/entries", { params: {}, body: { date, text, cause: "page" }, keepalive: leaving && outlives(text) }));
}

/**
 * saveEntry writes a note's text in the way that is its own: a note of a scan
 * is corrected, a typed one replaced. `etag` is the state that the text was
 * made from; another state on the disk is an ApiError of status 412.
 */
export async function saveEntry(id: string, etag: string, text: string, ofScan: boolean, leaving = false, cause: "page" | "merge" = "page"): Promise<Entry> {
  const how = { params: { path: { id }, header: { "If-Match": etag } }, body: { text, cause }, keepalive: leaving && outlives(text) };
  const correct = () => got(api.PUT("/entries/{id}/transcription", how));
  const replace = () => got(api.PUT("/entries/{id}", how));
  if (!ofScan) {
    try {
      return await replace();
    } catch (error) {
      if (!refused(error)) throw error;
      return await correct();
    }
  }
  try {
    return await correct();
  } catch (error) {
    if (!refused(error)) throw error;
    try {
      return await replace();
    } catch (other) {
      throw refused(other) ? error : other; // the first one gives the reason
    }
  }
}

const refused = (error: unknown) => error instanceof ApiError && error.status === 409;

/** tickTask marks the task at a place in a note's diary, in code points, as done or not done. */
export async function tickTask(id: string, etag: string, at: number, done: boolean) {
  await api.POST("/entries/{id}/tasks", { params: { path: { id }, header: { "If-Match": etag } }, body: { at, done, cause: "page" } });
}

/** deleteEntry removes a note's file. */
export async function deleteEntry(id: string, etag: string) {
  await api.DELETE("/entries/{id}", { params: { path: { id }, header: { "If-Match": etag } } });
}

/** notesChanged invalidates all queries that depend on notes. */
export function notesChanged() {
  for (const key of ["days", "day", "tags", "entry", "entries", "backlinks", "search", "almanac", "timeline", "history", "deleted"]) void queryClient.invalidateQueries({ queryKey: [key] });
}

/**
 * useReader says which model reads pages: null for none, undefined while that
 * is not known.
 */
export function useReader() {
  return useQuery({
    queryKey: ["models"],
    queryFn: async ({ signal }) => (await (await fetchApi("/models", { signal })).json()) as { tasks: { transcription: string | null } },
    staleTime: 60_000,
    retry: false,
    select: (models) => models.tasks.transcription,
  });
}
