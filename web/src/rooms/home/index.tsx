import { useQuery } from "@tanstack/react-query";
import { PenLine, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { api, got } from "../../lib/api";
import { longDay, plainDay, today } from "../../lib/dates";
import { draftDays } from "../../lib/draft";
import { useDay, type DayBody } from "../../lib/entries";
import { dayPath, setupPath, statusPath, writePath } from "../../lib/links";
import { useSession } from "../../lib/session";
import { useThreads } from "../../lib/threads";
import { Lock } from "../../ui/Lock";
import { OnThisDay } from "../../ui/OnThisDay";
import { Recent } from "../ask/Recent";
import { beginningOf } from "./beginning";
import { useSuggestions } from "./suggestions";
import { words } from "./words";
import "./home.css";

/** Greeting is above the question of Home: which day it is. */
export function Greeting() {
  const { data: session } = useSession();
  return (
    <div className="greeting">
      <p className="greeting-day">{longDay(today())}</p>
      <h1 className="greeting-title">{words.title}</h1>
      {session?.demo && (
        <p className="hint">
          {words.demo} {session.setup && <Link href={setupPath}>{words.openOwn}</Link>}
        </p>
      )}
    </div>
  );
}

/** Below is what Home has below the question: suggestions, today, this day in other years, conversations, what needs attention. */
export function Below({ onPick }: { onPick: (query: string) => void }) {
  // A card is as high as its content, so what is below one comes once that is known: nothing moves.
  const { isPending } = useDay(today());
  return (
    <>
      <Suggestions onPick={onPick} />
      <div className="home">
        <Today />
        {!isPending && <Conversations />}
        {!isPending && <Attention />}
      </div>
    </>
  );
}

function Suggestions({ onPick }: { onPick: (query: string) => void }) {
  const suggestions = useSuggestions();
  return (
    <ul role="list" className="home-picks" aria-label={words.suggestions}>
      {suggestions?.map((query) => (
        <li key={query}>
          <button type="button" onClick={() => onPick(query)}>
            {query}
          </button>
        </li>
      ))}
    </ul>
  );
}

function Card({ title, children, className }: { title: string; children: ReactNode; className?: string }) {
  return (
    <section className={`home-card ${className ?? ""}`} aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

/** Today shows the day's note, and the same day of other years. */
function Today() {
  const day = today();
  const { data } = useDay(day);
  const entry = data?.entries[0];
  return (
    <>
      <Card title={words.today} className="home-today">
        {entry ? (
          <Link href={dayPath(day)} className="home-note" dir="auto">
            <Lock on={entry.private} /> {beginningOf(entry.text)}
          </Link>
        ) : (
          <p className="hint">{data ? words.nothingToday : "\u00a0"}</p>
        )}
        <Link href={writePath()} className="button">
          <PenLine aria-hidden /> {entry ? words.goOn : words.write}
        </Link>
      </Card>
      {data && <OtherYears glimpses={data.on_this_day} />}
    </>
  );
}

function OtherYears({ glimpses }: { glimpses: DayBody["on_this_day"] }) {
  if (glimpses.length > 0) {
    return (
      <div className="home-card">
        <OnThisDay title={words.onThisDay} glimpses={glimpses} short />
      </div>
    );
  }
  return (
    <Card title={words.onThisDay}>
      <p className="hint">{words.nothingOnThisDay}</p>
    </Card>
  );
}

function Conversations() {
  const { data } = useThreads();
  if (!data || data.length === 0) return null;
  return (
    <Card title={words.recent} className="home-wide">
      <Recent most={5} home />
    </Card>
  );
}

/** Attention lists what waits for a person: text that is not saved, pages and notes that could not be read. */
function Attention() {
  // The frame asks for it once the page is there: see app/Alerts.
  const { data } = useQuery({ queryKey: ["ingest", "alerts"], queryFn: () => got(api.GET("/ingest")), enabled: false });
  const drafts = draftDays();
  const failed = data?.stages.failed ?? 0;
  const unread = data?.notes.length ?? 0;
  if (drafts.length === 0 && failed === 0 && unread === 0) return null;
  return (
    <Card title={words.attention} className="home-wide home-attention">
      <ul role="list">
        {drafts.map((day) => (
          <Item key={day} href={writePath(day)}>
            {words.unsaved(plainDay(day))}
          </Item>
        ))}
        {failed > 0 && <Item href={statusPath}>{words.failedPages(failed)}</Item>}
        {unread > 0 && <Item href={statusPath}>{words.unread(unread)}</Item>}
      </ul>
    </Card>
  );
}

function Item({ href, children }: { href: string; children: string }) {
  return (
    <li>
      <Link href={href}>
        <TriangleAlert aria-hidden /> {children}
      </Link>
    </li>
  );
}
