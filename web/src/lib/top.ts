import { useLayoutEffect } from "react";

// The browser restores the scroll position on Back and Forward.
let traversed = false;
if (typeof addEventListener === "function") {
  addEventListener("popstate", () => {
    traversed = true;
    setTimeout(() => (traversed = false));
  });
}

/** useTop scrolls to the top of a new place in a room, unless it is restored or opened `elsewhere`. */
export function useTop(place: string, elsewhere = false) {
  useLayoutEffect(() => {
    if (!traversed && !elsewhere) scrollTo(0, 0);
  }, [place, elsewhere]);
}
