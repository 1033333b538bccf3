/** kept reads what this browser was told to remember; storage may be forbidden. */
export function kept(key: string): string | null {
  try {
    return localStorage.getItem(`daybook.${key}`);
  } catch {
    return null;
  }
}

/** keep remembers a value in this browser, null forgets it. Never journal text: use it for choices only. */
export function keep(key: string, value: string | null) {
  try {
    if (value === null) localStorage.removeItem(`daybook.${key}`);
    else localStorage.setItem(`daybook.${key}`, value);
  } catch {
    // The choice then holds until the page is closed.
  }
}
