import { useCallback, useSyncExternalStore } from "react";

/** useMedia follows a media query. */
export function useMedia(query: string): boolean {
  const subscribe = useCallback((listener: () => void) => {
    const media = matchMedia(query);
    media.addEventListener("change", listener);
    return () => media.removeEventListener("change", listener);
  }, [query]);
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches);
}

/** useWide: there is room for a panel beside what is read. */
export const useWide = () => useMedia("(min-width: 64rem)");
/** usePhone: the rooms are in a bar at the bottom. */
export const usePhone = () => useMedia("(max-width: 47.99rem)");
