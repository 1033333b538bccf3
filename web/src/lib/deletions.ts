import { useSyncExternalStore } from "react";
import { toast } from "../ui/Toasts";
import { messagesKey, threadsKey } from "./answers";
import { api, ApiError } from "./api";
import { at } from "./base";
import { queryClient } from "./query";
import { whenLoggingOut } from "./session";
import { keep, kept } from "./storage";
import type { Thread } from "./types";
import { words } from "./words";

// A thread that is deleted is hidden at once, and gone for good only when
// nobody has taken that back in time, or when the page is left. What a page
// that was left could not tell the server any more, because it was not there
// or the browser went down, is told to it when the page is next opened.
const patience = 7000;
const key = "deletions";

let doomed: ReadonlySet<string> = new Set();
const listeners = new Set<() => void>();

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** useDoomed returns the ids of the threads about to be deleted. */
export const useDoomed = () => useSyncExternalStore(subscribe, () => doomed);

function setDoomed(next: ReadonlySet<string>) {
  doomed = next;
  for (const listener of listeners) listener();
}

/** remembered returns the ids whose deletion the server has not confirmed, with the due time of each. */
function remembered(): Record<string, number> {
  try {
    const all: unknown = JSON.parse(kept(key) ?? "{}");
    return typeof all === "object" && all !== null ? Object.fromEntries(Object.entries(all).filter(([, due]) => typeof due === "number")) : {};
  } catch {
    return {};
  }
}

function remember(id: string, due: number | null) {
  const { [id]: _, ...all } = remembered();
  if (due !== null) all[id] = due;
  keep(key, Object.keys(all).length > 0 ? JSON.stringify(all) : null);
}

function spare(id: string) {
  setDoomed(new Set([...doomed].filter((other) => other !== id)));
}

/** deleteThread deletes a thread unless it is undone within a few seconds. */
export function deleteThread({ thread_id: id, title }: Thread) {
  setDoomed(new Set([...doomed, id]));
  remember(id, Date.now() + patience);
  const timer = setTimeout(() => void destroy(id, told), patience);
  toast(words.deletions.conversationDeleted, {
    detail: title,
    timeout: patience,
    action: {
      label: words.deletions.undo,
      run: () => {
        clearTimeout(timer);
        remember(id, null);
        spare(id);
      },
    },
  });
}

function told(id: string, error: unknown) {
  remember(id, null); // it is restored
  toast(words.deletions.failed, { detail: error instanceof ApiError ? error.message : undefined, urgent: true });
}

async function destroy(id: string, failed?: (id: string, error: unknown) => void) {
  if (!doomed.has(id)) return;
  try {
    await api.DELETE("/threads/{thread_id}", { params: { path: { thread_id: id } } });
    gone(id);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) gone(id);
    else failed?.(id, error);
  }
  spare(id);
}

function gone(id: string) {
  remember(id, null);
  queryClient.setQueryData<Thread[]>(threadsKey, (threads) => threads?.filter((t) => t.thread_id !== id));
  queryClient.removeQueries({ queryKey: messagesKey(id) });
}

/** finishDeletions completes the deletions of an earlier page. */
export function finishDeletions() {
  for (const [id, due] of Object.entries(remembered())) {
    // Another tab may still offer to undo it.
    setTimeout(
      () => {
        if (doomed.has(id) || !(id in remembered())) return;
        setDoomed(new Set([...doomed, id]));
        void destroy(id);
      },
      Math.min(Math.max(0, due + 1000 - Date.now()), 2 * patience),
    );
  }
}

whenLoggingOut(async () => void (await Promise.all([...doomed].map((id) => destroy(id, told)))));

if (typeof addEventListener === "function") {
  addEventListener("pagehide", () => {
    for (const id of doomed) void fetch(at(`/threads/${encodeURIComponent(id)}`), { method: "DELETE", keepalive: true });
  });
}
