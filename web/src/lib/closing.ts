import { useEffect } from "react";
import { useStable } from "./stable";

/** What TypeScript does not know yet. */
interface CloseWatcher {
  onclose: (() => void) | null;
  destroy(): void;
}

/** useBack lets a phone's back gesture close what is above a room, instead of leaving the room, where the browser can do that. */
export function useBack(open: boolean, onClose: () => void) {
  const close = useStable(onClose);
  useEffect(() => {
    const Watcher = (window as { CloseWatcher?: new () => CloseWatcher }).CloseWatcher;
    if (!open || !Watcher || !matchMedia("(pointer: coarse)").matches) return;
    const watcher = new Watcher();
    watcher.onclose = () => close();
    return () => watcher.destroy();
  }, [open, close]);
}
