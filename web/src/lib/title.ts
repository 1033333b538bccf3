import { useEffect } from "react";

/** useTitle sets the page's title in the browser's tab and history. */
export function useTitle(title: string) {
  useEffect(() => {
    document.title = title ? `${title} · Daybook` : "Daybook";
  }, [title]);
}
