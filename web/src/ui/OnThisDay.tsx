import { Link } from "wouter";
import type { Schemas } from "../lib/api";
import { shortDay } from "../lib/dates";
import { fileUrl } from "../lib/files";
import { passagePath } from "../lib/links";
import { Lock } from "./Lock";
import { words } from "./words";
import "./glimpses.css";

/** OnThisDay shows the same day of other years, with its first picture; nothing if there are no notes. */
export function OnThisDay({ title, glimpses, short }: { title: string; glimpses: Schemas["Glimpse"][]; short?: boolean }) {
  if (glimpses.length === 0) return null;
  const shown = short ? glimpses.slice(0, 3) : glimpses;
  return (
    <section className="glimpses" aria-labelledby="glimpses-title">
      <h2 id="glimpses-title">{title}</h2>
      <ul role="list">
        {shown.map((glimpse) => (
          <li key={glimpse.id + glimpse.date}>
            <Link href={passagePath(glimpse.date, glimpse.id)} className="glimpse">
              <time dateTime={glimpse.date} aria-label={shortDay(glimpse.date)}>
                {glimpse.date.slice(0, 4)}
              </time>
              <span className="glimpse-words" dir="auto">
                <Lock on={glimpse.private} /> {glimpse.excerpt || (glimpse.picture && <span className="hint">{words.onThisDay.picture}</span>)}
              </span>
              {glimpse.picture && (
                <span className="glimpse-picture">
                  <img src={fileUrl(glimpse.id, glimpse.picture, 192)} alt="" loading="lazy" decoding="async" onError={(event) => event.currentTarget.remove()} />
                </span>
              )}
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
