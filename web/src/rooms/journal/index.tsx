import { useEffect } from "react";
import { Redirect, useLocation } from "wouter";
import { isDay } from "../../lib/dates";
import { later } from "../../lib/later";
import { Empty } from "../../ui/States";
import { Overview } from "./Overview";
import "./journal.css";

// What shows notes needs what reads Markdown; the calendar does not.
const DayView = later(() => import("./DayView"));
const NoteView = later(() => import("./NoteView"));
const Search = later(() => import("./Search"));

/** Journal is where one reads: the whole, a day, a note of no day, a search. */
export default function Journal() {
  const [path] = useLocation();
  useEffect(() => {
    const timer = setTimeout(() => [DayView, NoteView, Search].forEach((part) => void part.load().catch(() => {})), 300);
    return () => clearTimeout(timer);
  }, []);
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
