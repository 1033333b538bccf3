import { ChevronDown, ChevronUp } from "lucide-react";
import { useEffect, useState, type RefObject } from "react";
import { announce } from "../../lib/announce";
import { countDoubts } from "../../lib/doubts";
import { useKeys } from "../../lib/keys";
import { IconButton } from "../../ui/Button";
import { words } from "./words";

/** Doubts steps through what could not be read for sure in the notes that are shown; nothing where all could. */
export function Doubts({ within, text }: { within: RefObject<HTMLElement | null>; text: string }) {
  const total = countDoubts(text);
  const [at, setAt] = useState(-1);
  useEffect(() => setAt(-1), [text]);

  const step = (by: 1 | -1) => {
    const found = [...(within.current?.querySelectorAll<HTMLElement>(".doubtful, .illegible") ?? [])];
    if (found.length === 0) return;
    const next = at < 0 ? (by > 0 ? 0 : found.length - 1) : (at + by + found.length) % found.length;
    found.forEach((element, i) => element.toggleAttribute("data-current", i === next));
    const element = found[next];
    element?.scrollIntoView({ block: "center" });
    setAt(next);
    announce(words.doubts.place(next + 1, found.length, element?.textContent ?? ""));
  };
  useKeys(total > 0 ? words.doubts.title : "", total > 0 ? [
    { keys: "u", label: words.doubts.next, run: () => step(1) },
    { keys: "U", label: words.doubts.previous, run: () => step(-1) },
  ] : []);

  if (total === 0) return null;
  return (
    <div className="doubts">
      <span>
        {words.doubts.count(total, at >= 0 ? words.doubts.at(at + 1, total) : "")}
      </span>
      <IconButton label={words.doubts.previous} keys="U" small onClick={() => step(-1)}>
        <ChevronUp aria-hidden />
      </IconButton>
      <IconButton label={words.doubts.next} keys="u" small onClick={() => step(1)}>
        <ChevronDown aria-hidden />
      </IconButton>
    </div>
  );
}
