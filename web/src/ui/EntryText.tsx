import { useEffect, useRef } from "react";
import type { Span } from "../lib/offsets";
import { Markdown } from "./Markdown";
import { classes } from "./Button";

interface Props {
  /** The entry's text, as the API gives it. */
  text: string;
  /** Parts to mark, in UTF-16 units of the text: see lib/offsets. Pass the same array while they are unchanged. */
  spans?: readonly Span[];
  /** Scroll the first marked part into view when the text is shown. */
  reveal?: boolean;
  className?: string;
}

/** EntryText renders a note's text: its Markdown, tags, links, and marks of unreadable words. */
export function EntryText({ text, spans, reveal, className }: Props) {
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (reveal) ref.current?.querySelector("mark.passage")?.scrollIntoView({ block: "center" });
  }, [reveal, text, spans]);
  return (
    <div ref={ref} className={classes("prose note", className)} dir="auto">
      <Markdown kind="note" text={text} spans={spans} />
    </div>
  );
}
