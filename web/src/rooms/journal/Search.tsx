import { useQuery } from "@tanstack/react-query";
import { ChevronLeft, Search as SearchIcon, X } from "lucide-react";
import { useEffect, useRef, useState, type FormEvent } from "react";
import { Link, useLocation, useSearch } from "wouter";
import { api, got } from "../../lib/api";
import { announce } from "../../lib/announce";
import { isDay, many } from "../../lib/dates";
import { useTags } from "../../lib/entries";
import { searchPath, type SearchFor } from "../../lib/links";
import { useTitle } from "../../lib/title";
import { useTop } from "../../lib/top";
import { Button } from "../../ui/Button";
import { Empty, ErrorNote, Note, Skeleton } from "../../ui/States";
import { Listed, Mentions, Result } from "./Results";

/** Search finds notes by words, meaning, days and tags; without words it lists those of the days and tags. */
export default function Search() {
  const [, go] = useLocation();
  const asked = read(useSearch());
  useTitle(asked.q ? `Search: ${asked.q}` : "Search");
  useTop(JSON.stringify(asked));
  const ask = (next: SearchFor) => go(searchPath(next), { replace: !asked.q && !next.q });
  const typed = useTyped(asked.q);
  return (
    <div className="room journal search">
      <header className="room-head">
        <div className="day-name">
          <Link href="/app/journal" className="day-back">
            <ChevronLeft aria-hidden /> Journal
          </Link>
          <h1>Search</h1>
        </div>
      </header>
      <SearchForm asked={asked} onAsk={ask} onType={typed.set} />
      {typed.text ? <ByWords asked={{ ...asked, q: typed.text }} typing /> : asked.q ? <ByWords key={JSON.stringify(asked)} asked={asked} /> : asked.from || asked.to || asked.tags?.length ? <ByFilter key={JSON.stringify(asked)} asked={asked} /> : <Hints />}
    </div>
  );
}

function read(search: string): SearchFor {
  const query = new URLSearchParams(search);
  const day = (name: string) => {
    const text = query.get(name) ?? "";
    return isDay(text) ? text : undefined;
  };
  return { q: query.get("q") ?? undefined, from: day("from"), to: day("to"), tags: query.getAll("tag").slice(0, 20) };
}

/** useTyped is what is being typed and not yet asked for, once there are two letters and a short pause. */
function useTyped(asked?: string) {
  const [q, set] = useState(asked ?? "");
  const [text, setText] = useState("");
  useEffect(() => set(asked ?? ""), [asked]);
  useEffect(() => {
    const next = q.trim().length > 1 && q.trim() !== asked ? q : "";
    const timer = setTimeout(() => setText(next), next ? 120 : 0);
    return () => clearTimeout(timer);
  }, [q, asked]);
  return { text, set };
}

function SearchForm({ asked, onAsk, onType }: { asked: SearchFor; onAsk: (next: SearchFor) => void; onType: (q: string) => void }) {
  const field = useRef<HTMLInputElement>(null);
  const [q, setQ] = useState(asked.q ?? "");
  useEffect(() => setQ(asked.q ?? ""), [asked.q]);
  useEffect(() => {
    if (!asked.q && !asked.tags?.length) field.current?.focus();
    // When one comes here: not at every search.
  }, []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onAsk({ ...asked, q: q.trim() || undefined });
  };
  const tags = asked.tags ?? [];
  return (
    <form role="search" className="search-form" onSubmit={submit}>
      <div className="search-words">
        <SearchIcon aria-hidden />
        <input ref={field} className="field" type="search" value={q} onChange={(event) => {
            setQ(event.target.value);
            onType(event.target.value);
          }}
          aria-label="What to search for" placeholder="Words or a question" maxLength={1000} enterKeyHint="search" />
        <Button type="submit" look="primary">
          Search
        </Button>
      </div>
      <div className="search-narrow">
        <label>
          <span className="label">From</span>
          <input className="field" type="date" value={asked.from ?? ""} max={asked.to} onChange={(event) => onAsk({ ...asked, q: q.trim() || undefined, from: event.target.value || undefined })} />
        </label>
        <label>
          <span className="label">To</span>
          <input className="field" type="date" value={asked.to ?? ""} min={asked.from} onChange={(event) => onAsk({ ...asked, q: q.trim() || undefined, to: event.target.value || undefined })} />
        </label>
        <TagField chosen={tags} onChange={(next) => onAsk({ ...asked, q: q.trim() || undefined, tags: next })} />
        {(asked.from || asked.to || tags.length > 0) && (
          <Button look="quiet" onClick={() => onAsk({ q: q.trim() || undefined })}>
            <X aria-hidden /> All days and tags
          </Button>
        )}
      </div>
    </form>
  );
}

/** TagField chooses among the journal's tags. */
function TagField({ chosen, onChange }: { chosen: string[]; onChange: (tags: string[]) => void }) {
  const { data: tags } = useTags();
  const has = (tag: string) => chosen.some((other) => bare(other).toLowerCase() === bare(tag).toLowerCase());
  const rest = tags?.filter((tag) => !has(tag.tag)) ?? [];
  return (
    <div className="tag-field">
      <label>
        <span className="label">Tag</span>
        <select className="field" value="" onChange={(event) => event.target.value && onChange([...chosen, event.target.value])} disabled={rest.length === 0 || chosen.length >= 20}>
          <option value="">{chosen.length > 0 ? "One more…" : "Any"}</option>
          {rest.map((tag) => (
            <option key={tag.tag} value={tag.tag}>
              {tag.tag} ({tag.entries})
            </option>
          ))}
        </select>
      </label>
      {chosen.map((tag) => (
        <button key={tag} type="button" className="chip" onClick={() => onChange(chosen.filter((other) => other !== tag))} aria-label={`Without the tag #${bare(tag)}`}>
          #{bare(tag)} <X aria-hidden size={14} />
        </button>
      ))}
    </div>
  );
}

const bare = (tag: string) => tag.replace(/^#/, "");
const most = 100;

function ByWords({ asked, typing }: { asked: SearchFor; typing?: boolean }) {
  const [k, setK] = useState(15);
  const { data, error, isPending, isFetching, refetch } = useQuery({
    queryKey: ["search", asked, k, typing],
    queryFn: ({ signal }) => got(api.GET("/search", { params: { query: { q: asked.q ?? "", k, typing, from: asked.from, to: asked.to, tag: asked.tags?.map((tag) => `#${bare(tag)}`) } }, signal })),
    placeholderData: (before) => before,
  });
  useEffect(() => {
    if (data && !typing) announce(data.results.length === 0 ? "Nothing was found" : many(data.results.length, "note was found", "notes were found"));
  }, [data, typing]);
  if (isPending) return typing ? null : <Skeleton lines={8} label="Searching" />;
  if (error) return <ErrorNote error={error} onRetry={() => void refetch()} />;
  return (
    <div className="results" aria-busy={isFetching}>
      {data.notices.map((notice) => (
        <Note key={notice}>{notice}</Note>
      ))}
      {data.mentions && <Mentions mentions={data.mentions} />}
      {data.results.length === 0 ? (
        <Empty icon={SearchIcon} title="Nothing was found">
          {asked.from || asked.to || asked.tags?.length ? "Perhaps in other days, or without the tags." : "Other words may find it: one of them is enough."}
        </Empty>
      ) : (
        <ol role="list">
          {data.results.map((result) => (
            <Result key={result.id} result={result} />
          ))}
        </ol>
      )}
      {data.results.length >= k && k < most && (
        <Button onClick={() => setK(Math.min(k * 2, most))} busy={isFetching}>
          More
        </Button>
      )}
    </div>
  );
}

function ByFilter({ asked }: { asked: SearchFor }) {
  const [limit, setLimit] = useState(40);
  const { data, error, isPending, isFetching, refetch } = useQuery({
    queryKey: ["entries", asked, limit],
    queryFn: async ({ signal }) => (await got(api.GET("/entries", { params: { query: { limit, text: true, from: asked.from, to: asked.to, tag: asked.tags?.map((tag) => `#${bare(tag)}`) } }, signal }))) ?? [],
    placeholderData: (before) => before,
  });
  if (isPending) return <Skeleton lines={8} />;
  if (error) return <ErrorNote error={error} onRetry={() => void refetch()} />;
  if (data.length === 0) return <Empty icon={SearchIcon} title="There are no such notes">No note is of these days and has all of these tags.</Empty>;
  return (
    <div className="results" aria-busy={isFetching}>
      <p className="hint" role="status">
        {data.length >= limit ? `The latest ${limit} notes` : many(data.length, "note")}
      </p>
      <ol role="list">
        {data.map((entry) => (
          <Listed key={entry.id} entry={entry} />
        ))}
      </ol>
      {data.length >= limit && limit < 1000 && (
        <Button onClick={() => setLimit(Math.min(limit * 3, 1000))} busy={isFetching}>
          More
        </Button>
      )}
    </div>
  );
}

const examples: [string, string][] = [
  ["harbour in the rain", "words, in all their forms, and what means the same"],
  ["last March", "days in words: feasts, seasons, ranges"],
  ["when did I first swim", "counted over all days"],
  ["\"old harbour\"", "these words in a row"],
  ["harbour -ferry", "days without that word"],
];

function Hints() {
  return (
    <div className="search-hints">
      <p>What can be asked for:</p>
      <dl>
        {examples.map(([q, what]) => (
          <div key={q}>
            <dt>
              <Link href={searchPath({ q })}>{q}</Link>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
