import { useSyncExternalStore } from "react";

let text = "";
const listeners = new Set<() => void>();

/** announce makes a screen reader say something once, politely. */
export function announce(message: string) {
  // Screen readers repeat a message only if its text differs.
  text = message === text ? `${message}\u00a0` : message;
  for (const listener of listeners) listener();
}

export function useAnnouncement(): string {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, () => text);
}
