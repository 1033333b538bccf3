import { queryOptions, useQuery } from "@tanstack/react-query";
import { threadsKey } from "./answers";
import { api, got } from "./api";
import { at } from "./base";
import { useDoomed } from "./deletions";
import { queryClient } from "./query";
import { useSettled } from "./settled";
import type { ModelRef, Thread } from "./types";

const path = (id: string) => ({ params: { path: { thread_id: id } } });

/** threadsQuery asks for all conversations, newest first. */
export const threadsQuery = queryOptions({ queryKey: threadsKey, queryFn: () => got(api.GET("/threads")) });

/** useThreads returns all conversations, newest first, without those about to be deleted. */
export function useThreads() {
  const query = useQuery(threadsQuery);
  const doomed = useDoomed();
  return { ...query, data: doomed.size === 0 ? query.data : query.data?.filter((thread) => !doomed.has(thread.thread_id)) };
}

/** useFound returns the messages that match all words, by conversation. */
export function useFound(words: string) {
  const q = useSettled(words.trim(), 200);
  return useQuery({
    queryKey: [...threadsKey, "found", q],
    queryFn: async ({ signal }) => new Map((await got(api.GET("/threads", { params: { query: { q: q.slice(0, 200) } }, signal })))?.map((t) => [t.thread_id, t.match])),
    enabled: q !== "",
    placeholderData: (before) => (q === "" ? undefined : before),
  });
}

/** useThread returns one conversation. */
export function useThread(id: string | undefined) {
  return useQuery({ queryKey: [...threadsKey, id], queryFn: () => got(api.GET("/threads/{thread_id}", path(id ?? ""))), enabled: id !== undefined });
}

/** renameThread gives a thread another title. */
export async function renameThread(id: string, title: string) {
  await api.PUT("/threads/{thread_id}", { ...path(id), body: { title }, keepalive: true });
  changed(id, { title });
}

/** writeTitle lets a model write the title. */
export async function writeTitle(id: string, { provider, model }: ModelRef) {
  const { title } = await got(api.POST("/threads/{thread_id}/title", { ...path(id), body: { provider, model } }));
  changed(id, { title });
  return title;
}

function changed(id: string, part: Partial<Thread>) {
  queryClient.setQueryData<Thread[]>(threadsKey, (threads) => threads?.map((t) => (t.thread_id === id ? { ...t, ...part } : t)));
  queryClient.setQueryData<Thread>([...threadsKey, id], (thread) => thread && { ...thread, ...part });
}

/** exportUrl is the download URL of a thread. */
export const exportUrl = (id: string, format: "markdown" | "json") => at(`/threads/${encodeURIComponent(id)}/export?format=${format}`);
