import { useEffect } from "react";
import { useStable } from "./stable";

const least = 70; // pixels that a finger moves sideways
const within = 700; // milliseconds
const edge = 24; // pixels at the sides of a screen that belong to the browser

/** keepsSwipes reports whether something around an element scrolls sideways, or is typed in. */
function keepsSwipes(element: Element | null): boolean {
  for (let at = element; at && at !== document.body; at = at.parentElement) {
    if (at.matches("input, textarea, select, [contenteditable], [role=dialog], audio, video")) return true;
    if (at.scrollWidth > at.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(at).overflowX)) return true;
  }
  return false;
}

/** useSwipe calls back when a finger swipes over the page: `left` when it moves to the left. */
export function useSwipe(left: () => void, right: () => void) {
  const [onLeft, onRight] = [useStable(left), useStable(right)];
  useEffect(() => {
    let from: { x: number; y: number; time: number } | null = null;
    const start = (event: TouchEvent) => {
      const touch = event.touches[0];
      const ours = touch && event.touches.length === 1 && touch.clientX > edge && touch.clientX < innerWidth - edge && !keepsSwipes(event.target as Element | null);
      from = ours ? { x: touch.clientX, y: touch.clientY, time: event.timeStamp } : null;
    };
    const end = (event: TouchEvent) => {
      const touch = event.changedTouches[0];
      if (!from || !touch || event.touches.length > 0) return;
      const [dx, dy] = [touch.clientX - from.x, touch.clientY - from.y];
      const fast = event.timeStamp - from.time < within;
      from = null;
      // Words that are being selected are not left.
      if (!fast || Math.abs(dx) < least || Math.abs(dx) < 2 * Math.abs(dy) || !(getSelection()?.isCollapsed ?? true)) return;
      if (dx < 0) onLeft();
      else onRight();
    };
    const cancel = () => (from = null);
    addEventListener("touchstart", start, { passive: true });
    addEventListener("touchend", end, { passive: true });
    addEventListener("touchcancel", cancel, { passive: true });
    return () => {
      removeEventListener("touchstart", start);
      removeEventListener("touchend", end);
      removeEventListener("touchcancel", cancel);
    };
  }, [onLeft, onRight]);
}
