import { useQuery } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { toast } from "../ui/Toasts";
import { messagesKey, threadsKey } from "./answers";
import { api, ApiError, got } from "./api";
import { queryClient } from "./query";
import { useSettled } from "./settled";
import type { ModelRef, Thread } from "./types";

const path = (id: string) => ({ params: { path: { thread_id: id } } });

/** useThreads are all conversations, the newest first, without those that are about to be deleted. */
export function useThreads() {
  const query = useQuery({ queryKey: threadsKey, queryFn: () => got(api.GET("/threads")) });
  const leaving = useSyncExternalStore(subscribe, () => doomed);
  return { ...query, data: leaving.size === 0 ? query.data : query.data?.filter((thread) => !leaving.has(thread.thread_id)) };
}

/** useFound are the messages by which conversations are found that have all words, by their conversation. */
export function useFound(words: string) {
  const q = useSettled(words.trim(), 200);
  return useQuery({
    queryKey: [...threadsKey, "found", q],
    queryFn: async ({ signal }) => new Map((await got(api.GET("/threads", { params: { query: { q: q.slice(0, 200) } }, signal })))?.map((t) => [t.thread_id, t.match])),
    enabled: q !== "",
    placeholderData: (before) => (q === "" ? undefined : before),
  });
}

/** useThread is one of them. */
export function useThread(id: string | undefined) {
  return useQuery({ queryKey: [...threadsKey, id], queryFn: () => got(api.GET("/threads/{thread_id}", path(id ?? ""))), enabled: id !== undefined });
}

/** renameThread gives a thread another title. */
export async function renameThread(id: string, title: string) {
  await api.PUT("/threads/{thread_id}", { ...path(id), body: { title } });
  changed(id, { title });
}

/** writeTitle has a model write one. */
export async function writeTitle(id: string, { provider, model }: ModelRef) {
  const { title } = await got(api.POST("/threads/{thread_id}/title", { ...path(id), body: { provider, model } }));
  changed(id, { title });
  return title;
}

function changed(id: string, part: Partial<Thread>) {
  queryClient.setQueryData<Thread[]>(threadsKey, (threads) => threads?.map((t) => (t.thread_id === id ? { ...t, ...part } : t)));
  queryClient.setQueryData<Thread>([...threadsKey, id], (thread) => thread && { ...thread, ...part });
}

// A thread that is deleted is hidden at once, and gone for good only when
// nobody has taken that back in time; or when the page is left.
const patience = 7000;
let doomed: ReadonlySet<string> = new Set();
const listeners = new Set<() => void>();

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function setDoomed(next: ReadonlySet<string>) {
  doomed = next;
  for (const listener of listeners) listener();
}

/** deleteThread deletes a thread unless that is undone within some seconds. */
export function deleteThread({ thread_id: id, title }: Thread) {
  setDoomed(new Set([...doomed, id]));
  const timer = setTimeout(() => void destroy(id), patience);
  toast("Conversation deleted", {
    detail: title,
    timeout: patience,
    action: {
      label: "Undo",
      run: () => {
        clearTimeout(timer);
        spare(id);
      },
    },
  });
}

function spare(id: string) {
  setDoomed(new Set([...doomed].filter((other) => other !== id)));
}

async function destroy(id: string) {
  if (!doomed.has(id)) return;
  try {
    await api.DELETE("/threads/{thread_id}", path(id));
    queryClient.setQueryData<Thread[]>(threadsKey, (threads) => threads?.filter((t) => t.thread_id !== id));
    queryClient.removeQueries({ queryKey: messagesKey(id) });
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) toast("The conversation could not be deleted", { detail: error instanceof ApiError ? error.message : undefined, urgent: true });
  }
  spare(id);
}

if (typeof addEventListener === "function") {
  addEventListener("pagehide", () => {
    for (const id of doomed) void fetch(`/threads/${encodeURIComponent(id)}`, { method: "DELETE", keepalive: true });
  });
}

/** exportUrl is where a thread is had as a file. */
export const exportUrl = (id: string, format: "markdown" | "json") => `/threads/${encodeURIComponent(id)}/export?format=${format}`;
