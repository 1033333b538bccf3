import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, ApiError, got, type Schemas } from "./api";
import { moment } from "./dates";
import type { Entry } from "./entries";
import { words } from "./words";

/** Version is a state of a note that Daybook keeps. */
export type Version = Schemas["VersionJSON"];
export type VersionText = Schemas["VersionTextJSON"];
/** DeletedNote is a note that has versions and no file. */
export type DeletedNote = Schemas["DeletedJSON"];

export async function fetchHistory(id: string, all = false, signal?: AbortSignal): Promise<Version[]> {
  return got(api.GET("/entries/{id}/history", { params: { path: { id }, query: { all } }, signal })) as Promise<Version[]>;
}

export async function fetchVersion(id: string, version: string, signal?: AbortSignal): Promise<VersionText> {
  return got(api.GET("/entries/{id}/history/{version}", { params: { path: { id, version } }, signal }));
}

export const historyQuery = (id: string) => queryOptions({ queryKey: ["history", id], queryFn: ({ signal }) => fetchHistory(id, false, signal), staleTime: 0 });

export const versionQuery = (id: string, version: string) =>
  queryOptions({ queryKey: ["version", id, version], queryFn: ({ signal }) => fetchVersion(id, version, signal), staleTime: Infinity });

/** useDeleted are the notes of a day that can be brought back. */
export function useDeleted(day: string, enabled: boolean) {
  return useQuery({
    queryKey: ["deleted", day],
    queryFn: async ({ signal }) => (await got(api.GET("/deleted", { params: { query: { date: day } }, signal }))) as DeletedNote[],
    enabled,
  });
}

/** restoreVersion gives a note the bytes of a version. `etag` is the note's state; null for a note that is gone. */
export async function restoreVersion(id: string, version: string, etag: string | null): Promise<Entry> {
  return got(api.POST("/entries/{id}/history/{version}/restore", { params: { path: { id, version }, header: etag === null ? {} : { "If-Match": etag } } }));
}

/** acceptNote has the note count as saved as it is on the disk. */
export async function acceptNote(id: string, etag: string): Promise<Entry> {
  return got(api.POST("/entries/{id}/history", { params: { path: { id }, header: { "If-Match": etag } }, body: { cause: "page" } }));
}

/** versionOf is what the API calls the version that has an ETag. */
export const versionOf = (etag: string) => etag.replaceAll('"', "");

/** wasDeletedHere reports whether a note that is gone was deleted in Daybook, and not by another program. */
export async function wasDeletedHere(id: string): Promise<boolean | null> {
  try {
    const [latest] = await fetchHistory(id, true);
    return latest?.cause === "delete";
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null; // nothing of it was saved here
    throw error;
  }
}

const causes: Record<Version["cause"], string> = {
  page: words.history.typed,
  api: words.history.client,
  transcription: words.history.transcribed,
  merge: words.history.merged,
  restore: words.history.restored,
  undo: words.history.undone,
  delete: words.history.deleted,
  "other program": words.history.writtenAnotherProgram,
  unknown: words.history.savedDaybook,
};

/** causeOf says in words what wrote a version. */
export const causeOf = (version: Version) => (version.etag === null ? words.history.deleted : causes[version.cause]);
/** momentOf is when a version was written. */
export const momentOf = (version: Version) => moment(version.at);
