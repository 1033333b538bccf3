import { useLayoutEffect } from "react";

// Back and Forward lead to where one was in a page, and the browser sees to it.
let traversed = false;
if (typeof addEventListener === "function") {
  addEventListener("popstate", () => {
    traversed = true;
    setTimeout(() => (traversed = false));
  });
}

/** useTop has a place in a room begin at its top, unless one comes back to it or it is opened `elsewhere`. */
export function useTop(place: string, elsewhere = false) {
  useLayoutEffect(() => {
    if (!traversed && !elsewhere) scrollTo(0, 0);
  }, [place, elsewhere]);
}
