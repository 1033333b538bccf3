import { useQuery } from "@tanstack/react-query";
import { CalendarDays, ChevronDown, ChevronLeft, Search as SearchIcon, X } from "lucide-react";
import { useEffect, useRef, useState, type FormEvent } from "react";
import { Link, useLocation, useSearch } from "wouter";
import { api, got } from "../../lib/api";
import { announce } from "../../lib/announce";
import { isDay, shortDay } from "../../lib/dates";
import { useTags } from "../../lib/entries";
import { aboutPath, searchPath, type SearchFor } from "../../lib/links";
import { useSettled } from "../../lib/settled";
import { useStable } from "../../lib/stable";
import { useTitle } from "../../lib/title";
import { useTop } from "../../lib/top";
import { Button } from "../../ui/Button";
import { Empty, ErrorNote, Note, Skeleton } from "../../ui/States";
import { Listed, Mentions, Result } from "./Results";
import { words } from "./words";

/** Search finds notes by words, meaning, days and tags; without words it lists those of the days and tags. */
export default function Search() {
  const [, go] = useLocation();
  const asked = read(useSearch());
  useTitle(asked.q ? words.search.titleOf(asked.q) : words.search.title);
  useTop(JSON.stringify(asked));
  // What is typed on is the same search: one step back leads to where one came from.
  const ask = (next: SearchFor) => go(searchPath(next), { replace: Boolean(asked.q) === Boolean(next.q) });
  return (
    <div className="room journal search">
      <header className="room-head">
        <div className="day-name">
          <Link href="/app/journal" className="day-back">
            <ChevronLeft aria-hidden /> {words.journal}
          </Link>
          <h1>{words.search.title}</h1>
        </div>
      </header>
      <SearchForm asked={asked} onAsk={ask} />
      {asked.q ? <ByWords asked={asked} /> : asked.from || asked.to || asked.tags?.length ? <ByFilter key={JSON.stringify(asked)} asked={asked} /> : <Hints />}
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

const pause = 300; // milliseconds without a key, after which what is typed is searched for

function SearchForm({ asked, onAsk }: { asked: SearchFor; onAsk: (next: SearchFor) => void }) {
  const field = useRef<HTMLInputElement>(null);
  const [q, setQ] = useState(asked.q ?? "");
  const typed = useRef(false);
  useEffect(() => {
    if (!typed.current) setQ(asked.q ?? "");
  }, [asked.q]);
  useEffect(() => {
    if (!asked.q && !asked.tags?.length) field.current?.focus();
    // When one comes here: not at every search.
  }, []);
  const settled = useSettled(q.trim(), pause);
  const find = useStable((words: string) => onAsk({ ...asked, q: words || undefined }));
  useEffect(() => {
    if (typed.current && settled.length !== 1) find(settled);
    typed.current = false;
  }, [settled, find]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    typed.current = false;
    find(q.trim());
  };
  return (
    <form role="search" className="search-form" onSubmit={submit}>
      <div className="search-words">
        <SearchIcon aria-hidden />
        <input
          ref={field}
          className="field"
          type="search"
          value={q}
          onChange={(event) => {
            typed.current = true;
            setQ(event.target.value);
          }}
          aria-label={words.search.label}
          placeholder={words.search.placeholder}
          maxLength={1000}
          enterKeyHint="search"
          autoComplete="off"
        />
      </div>
      <div className="filters" role="group" aria-label={words.search.filters}>
        <DaysFilter asked={asked} onAsk={(next) => onAsk({ ...asked, q: q.trim() || undefined, ...next })} />
        <TagFilter chosen={asked.tags ?? []} onChange={(tags) => onAsk({ ...asked, q: q.trim() || undefined, tags })} />
      </div>
    </form>
  );
}

/** DaysFilter is a chip that opens the first and last day. */
function DaysFilter({ asked: { from, to }, onAsk }: { asked: SearchFor; onAsk: (next: SearchFor) => void }) {
  const [open, setOpen] = useState(false);
  const on = Boolean(from || to);
  return (
    <div className="filter" data-on={on || undefined}>
      <button type="button" className="filter-chip" aria-expanded={open} onClick={() => setOpen(!open)}>
        <CalendarDays aria-hidden /> {on ? words.search.range(from && shortDay(from), to && shortDay(to)) : words.search.days} <ChevronDown aria-hidden />
      </button>
      {on && <Clear label={words.search.allDays} onClick={() => onAsk({ from: undefined, to: undefined })} />}
      {open && (
        <div className="filter-days">
          <label>
            <span className="label">{words.search.from}</span>
            <input className="field" type="date" value={from ?? ""} max={to} onChange={(event) => onAsk({ from: event.target.value || undefined })} />
          </label>
          <label>
            <span className="label">{words.search.to}</span>
            <input className="field" type="date" value={to ?? ""} min={from} onChange={(event) => onAsk({ to: event.target.value || undefined })} />
          </label>
        </div>
      )}
    </div>
  );
}

/** TagFilter chooses among the journal's tags; each that is chosen is a chip. */
function TagFilter({ chosen, onChange }: { chosen: string[]; onChange: (tags: string[]) => void }) {
  const { data: tags } = useTags();
  const has = (tag: string) => chosen.some((other) => bare(other).toLowerCase() === bare(tag).toLowerCase());
  const rest = tags?.filter((tag) => !has(tag.tag)) ?? [];
  return (
    <>
      {chosen.map((tag) => (
        <div key={tag} className="filter" data-on>
          <Link className="filter-chip" href={aboutPath(`#${bare(tag)}`)} title={words.about.link}>
            #{bare(tag)}
          </Link>
          <Clear label={words.search.without(bare(tag))} onClick={() => onChange(chosen.filter((other) => other !== tag))} />
        </div>
      ))}
      {rest.length > 0 && chosen.length < 20 && (
        <select className="filter-chip" aria-label={words.search.tag} value="" onChange={(event) => event.target.value && onChange([...chosen, event.target.value])}>
          <option value="">{chosen.length > 0 ? words.search.anotherTag : words.search.tag}</option>
          {rest.map((tag) => (
            <option key={tag.tag} value={tag.tag}>
              {tag.tag} ({tag.entries})
            </option>
          ))}
        </select>
      )}
    </>
  );
}

function Clear({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <button type="button" className="filter-clear" aria-label={label} title={label} onClick={onClick}>
      <X aria-hidden />
    </button>
  );
}

const bare = (tag: string) => tag.replace(/^#/, "");
const most = 100;

function ByWords({ asked }: { asked: SearchFor }) {
  const [k, setK] = useState(15);
  useEffect(() => setK(15), [JSON.stringify(asked)]);
  const { data, error, isPending, isFetching, refetch } = useQuery({
    queryKey: ["search", asked, k],
    queryFn: ({ signal }) => got(api.GET("/search", { params: { query: { q: asked.q ?? "", k, from: asked.from, to: asked.to, tag: asked.tags?.map((tag) => `#${bare(tag)}`) } }, signal })),
    placeholderData: (before) => before,
  });
  useEffect(() => {
    if (data) announce(data.results.length === 0 ? words.search.nothing : words.search.found(data.results.length));
  }, [data]);
  if (isPending) return <Skeleton lines={8} label={words.search.searching} />;
  if (error) return <ErrorNote error={error} onRetry={() => void refetch()} />;
  return (
    <div className="results" aria-busy={isFetching}>
      {data.notices.map((notice) => (
        <Note key={notice}>{notice}</Note>
      ))}
      {data.mentions && <Mentions mentions={data.mentions} />}
      {data.results.length === 0 ? (
        <Empty icon={SearchIcon} title={data.nothing_found ? words.search.noWord(asked.q ?? "") : words.search.nothing}>
          {asked.from || asked.to || asked.tags?.length ? words.search.elsewhere : words.search.otherWords}
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
          {words.search.more}
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
  if (data.length === 0) return <Empty icon={SearchIcon} title={words.search.noNotes}>{words.search.noNotesDetail}</Empty>;
  return (
    <div className="results" aria-busy={isFetching}>
      <p className="hint" role="status">
        {data.length >= limit ? words.search.latest(limit) : words.search.notes(data.length)}
      </p>
      <ol role="list">
        {data.map((entry) => (
          <Listed key={entry.id} entry={entry} />
        ))}
      </ol>
      {data.length >= limit && limit < 1000 && (
        <Button onClick={() => setLimit(Math.min(limit * 3, 1000))} busy={isFetching}>
          {words.search.more}
        </Button>
      )}
    </div>
  );
}

function Hints() {
  return (
    <div className="search-hints">
      <p>{words.search.hints}</p>
      <dl>
        {words.search.examples.map(([q, what]) => (
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
