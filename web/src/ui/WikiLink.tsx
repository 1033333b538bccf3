import { useContext, type MouseEvent, type ReactNode } from "react";
import { Link, useLocation } from "wouter";
import { api, ApiError, got } from "../lib/api";
import { dayOfName } from "../lib/dates";
import { dayPath, entryPath, searchPath } from "../lib/links";
import { FileLink, isFile, NoteContext } from "./Attachment";
import { messageOf } from "./States";
import { toast } from "./Toasts";
import { words } from "./words";

/** WikiLink is a link to a note, a heading or a block of one, or a day. It goes where the note's app would go; a note that is not there is searched for. */
export function WikiLink({ target, children }: { target: string; children: ReactNode }) {
  const note = useContext(NoteContext);
  const [, go] = useLocation();
  const name = (target.split("#")[0] ?? "").trim();
  if (isFile(name)) return <FileLink target={name}>{children}</FileLink>;
  const day = dayOfName(name.split("/").pop() ?? "");
  const likely = day ? dayPath(day) : searchPath({ q: name || target });

  const follow = async (event: MouseEvent) => {
    if (!note || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    try {
      const to = await got(api.GET("/entries/{id}/follow", { params: { path: { id: note.id }, query: { link: target } } }));
      if (to.entry) go(entryPath(to.date ? { ...to.entry, date: to.date } : to.entry, to.start ?? undefined, to.end ?? undefined));
      else if (to.date) go(dayPath(to.date));
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) go(likely);
      else toast(words.wikiLink.failed, { detail: messageOf(error), urgent: true });
    }
  };
  return (
    <Link className="wikilink" href={likely} onClick={(event) => void follow(event)}>
      {children}
    </Link>
  );
}
