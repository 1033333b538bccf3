import { useEffect } from "react";
import { Link, Redirect, useLocation } from "wouter";
import { isDay } from "../../lib/dates";
import { later } from "../../lib/later";
import { Empty } from "../../ui/States";
import { Overview } from "./Overview";
import { words } from "./words";
import "./journal.css";
import "./day.css";
import "./search.css";

// What shows notes needs what reads Markdown; the calendar does not.
const DayView = later(() => import("./DayView"));
const NoteView = later(() => import("./NoteView"));
const Search = later(() => import("./Search"));
const Feed = later(() => import("./Feed"));
const About = later(() => import("./About"));

/** Journal is where one reads: the whole, a day, a note of no day, a search. */
export default function Journal() {
  const [path] = useLocation();
  useEffect(() => {
    const timer = setTimeout(() => [DayView, NoteView, Search, Feed, About].forEach((part) => void part.load().catch(() => {})), 300);
    return () => clearTimeout(timer);
  }, []);
  if (path.startsWith("/app/search")) return <Search />;
  const [, part = "", id = ""] = path.slice("/app/".length).split("/").map(decode);
  if (part === "") return <Overview />;
  if (part === "note" && id) return <NoteView key={id} id={id} />;
  if (part === "feed") return <Feed />;
  if (part === "about" && id) return <About key={id} term={id} />;
  if (isDay(part)) return <DayView day={part} />;
  if (part === "note") return <Redirect to="/app/journal" />;
  return (
    <div className="room">
      <h1 className="visually-hidden">{words.journal}</h1>
      <Empty title={words.day.none} actions={<Link className="button primary" href="/app/journal">{words.day.toJournal}</Link>}>{words.day.noneDetail}</Empty>
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
