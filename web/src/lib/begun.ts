import { stored } from "./base";
import { whenSessionEnds } from "./session";

// What one has begun to ask is there again when one comes back to it, after a
// reload too: in memory, and in this tab's storage for as long as it is open.
const begun = new Map<string, string>();
const name = (place: string) => stored(`begun.${place}`);

whenSessionEnds(() => {
  begun.clear();
  try {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith(name(""))) sessionStorage.removeItem(key);
  } catch {
    // There is none, so nothing is in it.
  }
});

/** readBegun returns the text begun at a place, or null. */
export function readBegun(place: string): string | null {
  try {
    return begun.get(place) ?? sessionStorage.getItem(name(place));
  } catch {
    return null;
  }
}

/** keepBegun keeps the text begun at a place; null removes it. */
export function keepBegun(place: string, text: string | null) {
  if (text === null) begun.delete(place);
  else begun.set(place, text);
  try {
    if (text === null) sessionStorage.removeItem(name(place));
    else sessionStorage.setItem(name(place), text);
  } catch {
    // Then it lasts until the page is closed.
  }
}
