import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { api, got } from "../../lib/api";
import { shortDay } from "../../lib/dates";
import { entryPath } from "../../lib/links";
import { words } from "./words";

/** Backlinks lists the links to a day and its notes from other notes, or those to a note of no day. */
export function Backlinks({ day, note }: { day?: string; note?: string }) {
  const { data } = useQuery({
    queryKey: ["backlinks", day ?? note],
    queryFn: ({ signal }) =>
      day ? got(api.GET("/days/{date}/backlinks", { params: { path: { date: day } }, signal })) : got(api.GET("/entries/{id}/backlinks", { params: { path: { id: note ?? "" } }, signal })),
  });
  if (!data || data.links.length === 0) return null;
  return (
    <section className="backlinks" aria-labelledby="backlinks">
      <h2 id="backlinks">{words.backlinks.linkOtherNotes(data.links.length)}</h2>
      <ul role="list">
        {data.links.map(({ entry, excerpt, start, end }) => (
          <li key={`${entry.id} ${start}`}>
            <Link href={entryPath(entry, start, end)}>{entry.kind === "evergreen" ? entry.title : shortDay(entry.date)}</Link>
            <p dir="auto">{excerpt}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}
