import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { MessagesSquare, Plus, Search } from "lucide-react";
import { useDeferredValue, useLayoutEffect, useMemo, useRef, useState } from "react";
import { Link } from "wouter";
import { moment, when } from "../../lib/dates";
import { useKeys } from "../../lib/keys";
import { askPath } from "../../lib/links";
import { useFound, useThreads } from "../../lib/threads";
import { useTitle } from "../../lib/title";
import type { Thread, ThreadMatch } from "../../lib/types";
import { marked } from "../../ui/marked";
import { Empty, ErrorNote, Skeleton } from "../../ui/States";
import { RenameThread, ThreadMenu } from "../../ui/ThreadMenu";
import { groupThreads, type Row } from "./group";
import { words } from "./words";
import "./threads.css";

/** Threads lists every conversation. */
export default function Threads() {
  useTitle(words.room.threads);
  const threads = useThreads();
  const [search, setSearch] = useState("");
  const [renaming, setRenaming] = useState<Thread | null>(null);
  const sought = useDeferredValue(search);
  const field = useRef<HTMLInputElement>(null);
  const hits = useFound(sought);
  const rows = useMemo(() => groupThreads(threads.data ?? [], sought, hits.data), [threads.data, sought, hits.data]);
  const found = rows.filter((row) => "thread" in row).length;

  useKeys(words.room.threads, [{ keys: "f", label: words.room.findConversation, run: () => field.current?.focus() }]);

  return (
    <div className="room threads">
      <header className="room-head">
        <h1>{words.room.threads}</h1>
        <Link className="button primary" href={askPath()}>
          <Plus aria-hidden /> {words.room.newConversation}
        </Link>
      </header>
      {threads.error && <ErrorNote error={threads.error} onRetry={() => void threads.refetch()} />}
      {threads.isPending && <Skeleton lines={8} label={words.room.loadingConversations} />}
      {threads.data?.length === 0 && (
        <Empty icon={MessagesSquare} title={words.room.none} actions={<Link className="button primary" href={askPath()}>{words.room.askSomething}</Link>}>
          {words.room.about}
        </Empty>
      )}
      {threads.data && threads.data.length > 0 && (
        <>
          <div className="threads-search">
            <Search aria-hidden />
            <input ref={field} type="search" className="field" aria-label={words.room.findConversation} placeholder={words.room.findLabel} maxLength={200} value={search} onChange={(event) => setSearch(event.target.value)} />
          </div>
          <p className="hint threads-count" role="status">
            {sought.trim() ? words.room.foundOf(found, threads.data.length) : words.room.found(found)}
          </p>
          {hits.error && <ErrorNote error={hits.error} onRetry={() => void hits.refetch()}>{words.room.titlesOnly}</ErrorNote>}
          {found > 0 ? (
            <List rows={rows} total={found} onRename={setRenaming} />
          ) : hits.isFetching || sought !== search ? (
            <Skeleton lines={3} label={words.room.searchingConversations} />
          ) : (
            <Empty title={words.room.noneFound}>{words.room.noneFoundDetail}</Empty>
          )}
        </>
      )}
      {renaming && <RenameThread thread={renaming} onClose={() => setRenaming(null)} />}
    </div>
  );
}

interface ListProps {
  rows: readonly Row[];
  total: number;
  onRename: (thread: Thread) => void;
}

function List({ rows, total, onRename }: ListProps) {
  const list = useRef<HTMLUListElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => setTop(list.current?.offsetTop ?? 0), []);
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: (i) => {
      const row = rows[i] as Row;
      return "thread" in row ? (row.match ? 112 : 60) : 48;
    },
    getItemKey: (i) => (rows[i] as Row).key,
    overscan: 12,
    scrollMargin: top,
  });
  return (
    <ul role="list" ref={list} className="threads-list" style={{ height: virtual.getTotalSize() }}>
      {virtual.getVirtualItems().map((item) => {
        const row = rows[item.index] as Row;
        const place = { ref: virtual.measureElement, "data-index": item.index, style: { transform: `translateY(${item.start - top}px)` } };
        if (!("thread" in row)) {
          return (
            <li key={row.key} {...place}>
              <h2 className="threads-group">{row.name}</h2>
            </li>
          );
        }
        return (
          <li key={row.key} {...place} aria-posinset={row.place + 1} aria-setsize={total}>
            <One thread={row.thread} match={row.match} onRename={onRename} />
          </li>
        );
      })}
    </ul>
  );
}

function One({ thread, match, onRename }: { thread: Thread; match?: ThreadMatch; onRename: (thread: Thread) => void }) {
  return (
    <div className="thread">
      <Link href={askPath(thread.thread_id)} className="thread-title" dir="auto">
        {thread.title}
      </Link>
      {thread.damaged ? (
        <span className="chip bad">{words.room.damaged}</span>
      ) : (
        <time className="thread-time" dateTime={thread.updated_at} title={moment(thread.updated_at)}>
          {when(thread.updated_at)}
        </time>
      )}
      <ThreadMenu thread={thread} onRename={() => onRename(thread)} />
      {match && (
        <p className="thread-match" dir="auto">
          <span className="hint">{match.role === "user" ? words.room.asked : "Answered:"}</span> {marked(match.excerpt.replace(/\n/g, " "), match.spans)}
        </p>
      )}
    </div>
  );
}
