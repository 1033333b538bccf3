import { useCallback, useSyncExternalStore } from "react";

/** useMedia returns whether a media query matches. */
export function useMedia(query: string): boolean {
  const subscribe = useCallback((listener: () => void) => {
    const media = matchMedia(query);
    media.addEventListener("change", listener);
    return () => media.removeEventListener("change", listener);
  }, [query]);
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches);
}

export const wideQuery = "(min-width: 64rem)";
/** useWide: there is room for a side panel. */
export const useWide = () => useMedia(wideQuery);
/** usePhone: the navigation is a bar at the bottom. */
export const usePhone = () => useMedia("(max-width: 47.99rem)");
