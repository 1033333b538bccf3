import { base } from "./base";
import { isDay } from "./dates";
import { dayQuery } from "./entries";
import { wideQuery } from "./media";
import { preloadPictures } from "./pictures";
import { queryClient } from "./query";

const pause = 60; // milliseconds for which a pointer rests on what it may click

/** dayAt returns the day that a link leads to, null where it leads elsewhere. */
function dayAt({ origin, pathname }: HTMLAnchorElement): string | null {
  const path = `${base}/app/journal/`;
  if (origin !== location.origin || !pathname.startsWith(path)) return null;
  const day = pathname.slice(path.length);
  return isDay(day) ? day : null;
}

/** loadAhead loads days that may be opened next, and the first page of each where it would be shown. */
export async function loadAhead(days: readonly (string | null | undefined)[]) {
  const known = days.filter((day): day is string => Boolean(day));
  await Promise.all(known.map((day) => queryClient.prefetchQuery(dayQuery(day))));
  if (!matchMedia(wideQuery).matches) return;
  const images = known.map((day) => queryClient.getQueryData(dayQuery(day).queryKey)?.entries.find(({ pages }) => pages.length > 0)?.pages[0]?.image);
  preloadPictures(images.filter((image) => image !== undefined));
}

/** lookAhead loads the day of a link that is about to be followed: one that a mouse rests on, or that is clicked. A touch may be a scroll. */
export function lookAhead(): () => void {
  let timer = 0;
  const look = (event: Event, wait: number) => {
    clearTimeout(timer);
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    const day = link && dayAt(link);
    if (day) timer = window.setTimeout(() => void loadAhead([day]), wait);
  };
  const over = (event: PointerEvent) => event.pointerType === "mouse" && look(event, pause);
  const clicked = (event: MouseEvent) => look(event, 0);
  document.addEventListener("pointerover", over, { passive: true });
  document.addEventListener("click", clicked, { passive: true });
  return () => {
    clearTimeout(timer);
    document.removeEventListener("pointerover", over);
    document.removeEventListener("click", clicked);
  };
}
