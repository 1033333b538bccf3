import { useEffect, useRef, useSyncExternalStore } from "react";

/**
 * Key is something that the keyboard does. keys is one key as
 * KeyboardEvent.key names it, with "Mod+" for Ctrl or ⌘, or two keys in a row:
 * "?", "g a", "Mod+Enter", "Escape", "ArrowLeft".
 */
export interface Key {
  keys: string;
  label: string;
  run: (event: KeyboardEvent) => void;
  /** Also while typing in a field; by default only keys with Mod+, and Escape. */
  typing?: boolean;
}

interface Group {
  name: string;
  keys: Key[];
}

let groups: Group[] = [];
const listeners = new Set<() => void>();

function changed(next: Group[]) {
  groups = next;
  for (const listener of listeners) listener();
}

/**
 * useKeys makes keys work for as long as the component is there, and lists
 * them under the name in the help that "?" opens. Those that came last win.
 */
export function useKeys(name: string, keys: Key[]) {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  const shape = keys.map((key) => `${key.keys}\t${key.label}\t${key.typing ?? ""}`).join("\n");
  useEffect(() => {
    const group: Group = {
      name,
      keys: latest.current.map((key, i) => ({ ...key, run: (event) => latest.current[i]?.run(event) })),
    };
    changed([...groups, group]);
    return () => changed(groups.filter((other) => other !== group));
  }, [name, shape]);
}

/** useKeyGroups are all keys that work now, for the help. */
export function useKeyGroups(): readonly Group[] {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, () => groups);
}

function isField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) && !(target instanceof HTMLInputElement && /^(checkbox|radio|button|submit|range)$/.test(target.type));
}

const patience = 1200; // milliseconds between the two keys of a sequence

/** listenForKeys dispatches keys to their handlers; it returns a function that stops it. */
export function listenForKeys(): () => void {
  let first = "";
  let at = 0;
  const onKey = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing || event.keyCode === 229 || event.altKey) return;
    const mod = event.ctrlKey || event.metaKey;
    const name = (mod ? "Mod+" : "") + event.key;
    const pair = first && event.timeStamp - at < patience ? `${first} ${name}` : "";
    const typing = isField(event.target);
    const last = [...groups].reverse().flatMap((group) => group.keys);
    const works = (k: Key) => !typing || k.typing || mod || event.key === "Escape";
    // Sequences of two keys take precedence over single keys.
    const key = last.find((k) => k.keys === pair && works(k)) ?? last.find((k) => k.keys === name && works(k));
    if (key) {
      first = "";
      key.run(event);
      if (event.key !== "Escape") event.preventDefault();
      return;
    }
    [first, at] = typing || mod ? ["", 0] : [name, event.timeStamp];
  };
  document.addEventListener("keydown", onKey);
  return () => document.removeEventListener("keydown", onKey);
}
