import { useState } from "react";
import { Link } from "wouter";
import type { Schemas } from "../../lib/api";
import { longDay, plainDay } from "../../lib/dates";
import type { Found, Shown } from "../../lib/entries";
import { fileUrl } from "../../lib/files";
import { aboutPath, entryPath } from "../../lib/links";
import { Button } from "../../ui/Button";
import { DayLink } from "../../ui/DayLink";
import { Lock } from "../../ui/Lock";
import { marked } from "../../ui/marked";
import { words as text } from "./words";

/** Result is a note that was found, by its best passage. */
export function Result({ result }: { result: Found }) {
  const [open, setOpen] = useState(false);
  return (
    <li className="result">
      <h2>
        <Link href={passageOf(result, result)}>{result.type === "evergreen" ? result.title : <time dateTime={result.date}>{longDay(result.date)}</time>}</Link> <Lock on={result.private} />
      </h2>
      <Passage of={result} shown={result} />
      {open && result.more.map((shown) => <Passage key={shown.start} of={result} shown={shown} />)}
      <p className="result-more">
        {result.page !== null && <span className="hint">{text.results.page(result.page)}</span>}
        {result.same.length > 0 && <span className="hint">{text.results.sameText(result.same.map((twin) => twin.title).join(", "))}</span>}
        {result.more.length > 0 && (
          <Button look="quiet" small aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? text.results.fewerPassages : text.results.morePassage(result.more.length)}
          </Button>
        )}
      </p>
    </li>
  );
}

const passageOf = ({ type, date, id }: Found, { start, end }: Shown) => entryPath({ kind: type, date, id }, start, end);

function Passage({ of, shown }: { of: Found; shown: Shown }) {
  return (
    <Link href={passageOf(of, shown)} className="result-passage" dir="auto">
      {marked(shown.text, shown.spans, shown.uncertain)}
    </Link>
  );
}

const glance = 280; // characters of a note in a list

/** Listed is a note in a list of days and tags. */
export function Listed({ entry }: { entry: Schemas["ListedJSON"] }) {
  const text = entry.excerpt.replace(/\s+/g, " ").trim();
  return (
    <li className="result">
      <h2>
        <Link href={entryPath(entry)}>
          {entry.kind === "evergreen" ? entry.title : <time dateTime={entry.date}>{longDay(entry.date)}</time>}
        </Link>{" "}
        <Lock on={entry.private} />
      </h2>
      {entry.picture && <img className="result-picture" src={fileUrl(entry.id, entry.picture, 240)} alt="" loading="lazy" decoding="async" onError={(event) => event.currentTarget.remove()} />}
      <p className="result-passage" dir="auto">
        {text.length > glance ? `${text.slice(0, text.lastIndexOf(" ", glance) + 1 || glance)}…` : text}
      </p>
    </li>
  );
}

const shownDays = 60;

/** Mentions says on how many days something was mentioned, and when. */
export function Mentions({ mentions }: { mentions: Schemas["MentionsJSON"] }) {
  const [all, setAll] = useState(false);
  const { days, words, spelled } = mentions;
  const what = words.map((word) => `“${word}”`).join(" with ");
  const first = days[0];
  const last = days[days.length - 1];
  if (!first || !last) return <p className="mentions">{text.results.never(what)}</p>;
  return (
    <section className="mentions" aria-label={text.results.counted}>
      <p>
        {text.results.on(what, mentions.asked === "last" ? text.results.lastMentioned : text.results.firstMentioned)} <DayLink day={mentions.asked === "last" ? last : first} />{text.results.dayAll(mentions.count)}
        {first !== last && (
          <>
            {text.results.onDay(mentions.asked === "last" ? text.results.first : text.results.last, plainDay(mentions.asked === "last" ? first : last))}
          </>
        )}
        .{" "}
        {words.length === 1 && words[0] && <Link href={aboutPath(words[0])}>{text.about.link}</Link>}
        {spelled.length > 0 && text.results.countedAs(spelled.map((word) => `“${word}”`).join(", "))}
        {mentions.approximate && ` ${text.search.approximate}`}
        {mentions.near.length > 0 && ` ${text.search.notCounted(mentions.near.map(({ word, days }) => `“${word}” (${text.results.day(days)})`).join(", "))}`}
      </p>
      <ul role="list" className="tag-list" aria-label={text.results.theseDays}>
        {(all ? days : days.slice(0, shownDays)).map((day) => (
          <li key={day}>
            <DayLink day={day} form="short" className="chip" />
          </li>
        ))}
      </ul>
      {days.length > shownDays && (
        <Button look="quiet" small onClick={() => setAll(!all)} aria-expanded={all}>
          {all ? text.results.fewer : text.results.allDays(days.length)}
        </Button>
      )}
    </section>
  );
}
