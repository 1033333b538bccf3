import { useSyncExternalStore } from "react";
import { keep, kept } from "./storage";

export type Theme = "system" | "light" | "dark";

const listeners = new Set<() => void>();

function read(): Theme {
  const theme = document.documentElement.dataset.theme ?? kept("theme");
  return theme === "light" || theme === "dark" ? theme : "system";
}

/** setTheme sets light or dark, or follows the system. */
export function setTheme(theme: Theme) {
  keep("theme", theme === "system" ? null : theme);
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  for (const listener of listeners) listener();
}

export function useTheme(): Theme {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, read);
}

/** useDark reports whether the page is dark; for drawings such as plots. */
export function useDark(): boolean {
  const system = useSyncExternalStore((listener) => {
    const media = matchMedia("(prefers-color-scheme: dark)");
    media.addEventListener("change", listener);
    return () => media.removeEventListener("change", listener);
  }, () => matchMedia("(prefers-color-scheme: dark)").matches);
  const theme = useTheme();
  return theme === "system" ? system : theme === "dark";
}
