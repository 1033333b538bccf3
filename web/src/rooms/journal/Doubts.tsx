import { ChevronDown, ChevronUp } from "lucide-react";
import { useEffect, useState, type RefObject } from "react";
import { announce } from "../../lib/announce";
import { many } from "../../lib/dates";
import { countDoubts } from "../../lib/doubts";
import { useKeys } from "../../lib/keys";
import { IconButton } from "../../ui/Button";

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
    announce(`${next + 1} of ${found.length}: ${element?.textContent ?? ""}`);
  };
  useKeys(total > 0 ? "Words that are not sure" : "", total > 0 ? [
    { keys: "u", label: "Next word that is not sure", run: () => step(1) },
    { keys: "U", label: "The one before", run: () => step(-1) },
  ] : []);

  if (total === 0) return null;
  return (
    <div className="doubts">
      <span>
        {many(total, "word")} could not be read for sure{at >= 0 ? ` · ${at + 1} of ${total}` : ""}
      </span>
      <IconButton label="The one before" keys="U" small onClick={() => step(-1)}>
        <ChevronUp aria-hidden />
      </IconButton>
      <IconButton label="Next word that is not sure" keys="u" small onClick={() => step(1)}>
        <ChevronDown aria-hidden />
      </IconButton>
    </div>
  );
}
