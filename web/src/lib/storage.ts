import { stored } from "./base";

/** kept reads a stored value; storage may be unavailable. */
export function kept(key: string): string | null {
  try {
    return localStorage.getItem(stored(key));
  } catch {
    return null;
  }
}

/** keep stores a value in this browser; null removes it. Use it for choices only, never for journal text. */
export function keep(key: string, value: string | null) {
  try {
    if (value === null) localStorage.removeItem(stored(key));
    else localStorage.setItem(stored(key), value);
  } catch {
    // Then the choice lasts until the page is closed.
  }
}
