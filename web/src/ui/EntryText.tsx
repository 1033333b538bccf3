import { useEffect, useMemo, useRef } from "react";
import type { Span } from "../lib/offsets";
import { NoteContext } from "./Attachment";
import { Markdown } from "./Markdown";
import { classes } from "./Button";

interface Props {
  /** The entry's diary, as the API gives it, or a part of it. */
  text: string;
  /** The entry: its files are shown where the text embeds them. */
  id?: string;
  /** Marks the task at a place in the text as done or not done. Pass the same function while it does the same. */
  onTick?: (at: number, done: boolean) => void;
  /** Parts to mark, in UTF-16 units of the text: see lib/offsets. Pass the same array while they are unchanged. */
  spans?: readonly Span[];
  /** Scroll the first marked part into view when the text is shown. */
  reveal?: boolean;
  className?: string;
}

/** EntryText renders a note's text: its Markdown, tags, links, and marks of unreadable words. */
export function EntryText({ text, id, onTick, spans, reveal, className }: Props) {
  const note = useMemo(() => (id ? { id, onTick } : null), [id, onTick]);
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (reveal) ref.current?.querySelector("mark.passage")?.scrollIntoView({ block: "center" });
  }, [reveal, text, spans]);
  return (
    <div ref={ref} className={classes("prose note", className)}>
      <NoteContext.Provider value={note}>
        <Markdown kind="note" text={text} spans={spans} />
      </NoteContext.Provider>
    </div>
  );
}
