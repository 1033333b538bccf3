import { lazy } from "react";
import { Redirect, useLocation } from "wouter";
import { isDay } from "../../lib/dates";
import { Empty } from "../../ui/States";
import { Overview } from "./Overview";
import "./journal.css";

// What shows notes needs what reads Markdown; the calendar does not.
const DayView = lazy(() => import("./DayView"));
const NoteView = lazy(() => import("./NoteView"));
const Search = lazy(() => import("./Search"));

/** Journal is where one reads: the whole, a day, a note of no day, a search. */
export default function Journal() {
  const [path] = useLocation();
  if (path.startsWith("/app/search")) return <Search />;
  const [, part = "", id = ""] = path.slice("/app/".length).split("/").map(decode);
  if (part === "") return <Overview />;
  if (part === "note" && id) return <NoteView key={id} id={id} />;
  if (isDay(part)) return <DayView day={part} />;
  if (part === "note") return <Redirect to="/app/journal" />;
  return (
    <div className="room">
      <Empty title="There is no such day">A day is written as 2023-06-04.</Empty>
    </div>
  );
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}
