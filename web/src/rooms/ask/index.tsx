import { useQuery } from "@tanstack/react-query";
import { MessagesSquare, Plus } from "lucide-react";
import { Suspense, useEffect, useRef, useState } from "react";
import { useLocation, useRoute, useSearch } from "wouter";
import { ask, follow, messagesKey, resume, type Answer } from "../../lib/answers";
import { api, ApiError, got } from "../../lib/api";
import { useKeys } from "../../lib/keys";
import { askPath, threadsPath } from "../../lib/links";
import { useLoaded } from "../../lib/later";
import { useMedia } from "../../lib/media";
import { useChoice } from "../../lib/models";
import { useStable } from "../../lib/stable";
import { useThread } from "../../lib/threads";
import { useTitle } from "../../lib/title";
import type { Message } from "../../lib/types";
import { Button, IconButton } from "../../ui/Button";
import { Empty, ErrorNote, Extra, Skeleton } from "../../ui/States";
import { toast } from "../../ui/Toasts";
import { Below, Greeting } from "../home";
import { Composer, type ComposerHandle } from "./Composer";
import { Conversation, Passage, RecentSheet, ThreadTools } from "./parts";
import { Recent } from "./Recent";
import type { Cited } from "./source";
import { Starting } from "./Starting";
import { words } from "./words";
import "./ask.css";
import "./recent.css";
import "./composer.css";
import "./passage.css";

/** Ask is where one asks the journal; without a conversation it is the page's home. A conversation is at /app/ask/<its thread>. */
export default function Ask() {
  const [, params] = useRoute("/app/ask/:thread");
  const thread = params?.thread ? decodeURIComponent(params.thread) : undefined;
  // Each conversation has its own state; a new one keeps it when it gets its thread.
  const [begun, setBegun] = useState<{ thread: string; key: string } | null>(null);
  const key = begun && begun.thread === thread ? begun.key : (thread ?? "new");
  return <Room key={key} thread={thread} onBegun={(id) => setBegun({ thread: id, key })} />;
}

function Room({ thread, onBegun }: { thread?: string; onBegun: (thread: string) => void }) {
  const [path, go] = useLocation();
  const here = useRef(path);
  here.current = path;
  const composer = useRef<ComposerHandle>(null);
  const [choice, choose] = useChoice();
  const [editing, setEditing] = useState<Message | null>(null);
  const [cited, setCited] = useState<Cited | null>(null);
  const [toEnd, setToEnd] = useState<(() => void) | null>(null);
  const [listed, setListed] = useState(false); // the conversations, on a phone
  const beside = useMedia("(min-width: 72rem)");

  const arrived = (from: string, edited: boolean) => (answer: Answer) => {
    setStarting(null);
    const id = answer.turn?.thread_id as string;
    if (id === thread || here.current !== from) return; // or one has gone elsewhere
    if (!edited) onBegun(id);
    go(askPath(id), { replace: !edited });
    if (edited) toast(words.changed, { detail: words.changedDetail, action: { label: words.goBack, run: () => go(askPath(thread)) } });
  };
  // Until it is known where it is stored; one from before may still wait for the server.
  const [starting, setStarting] = useState<Answer | null>(null);
  useEffect(() => setStarting((now) => now ?? resume(thread, arrived(here.current, false))), [thread]);

  const messages = useQuery({
    queryKey: messagesKey(thread ?? ""),
    queryFn: () => got(api.GET("/threads/{thread_id}/messages", { params: { path: { thread_id: thread ?? "" } } })),
    enabled: thread !== undefined,
  });
  const info = useThread(thread);
  useTitle(info.data?.title ?? words.title);

  const last = messages.data?.at(-1);
  const running = last?.status === "pending" && thread ? follow(thread, last.message_id) : starting;

  const submit = useStable(async (query: string) => {
    if (!choice || !query.trim()) return;
    let into = thread;
    if (editing && thread) {
      try {
        into = (await got(api.POST("/threads/{thread_id}/fork", { params: { path: { thread_id: thread } }, body: { before: editing.message_id } }))).thread_id;
      } catch (error) {
        composer.current?.fill(query);
        toast(words.changeFailed, { detail: error instanceof ApiError ? error.message : undefined, urgent: true });
        return;
      }
    }
    setEditing(null);
    setCited(null);
    setStarting(ask({ ...choice, query: query.trim(), thread: into }, arrived(here.current, editing !== null)));
  });
  const again = useStable((query: string) => void submit(query));
  const edit = useStable((message: Message) => {
    setEditing(message);
    composer.current?.fill(message.content);
  });
  const withdraw = useStable((query: string) => {
    starting?.withdraw();
    setStarting(null);
    composer.current?.fill(query);
  });
  const away = useStable((run: (() => void) | null) => setToEnd(() => run));

  // The palette, and links elsewhere, ask by the address.
  const asked = new URLSearchParams(useSearch()).get("q");
  useEffect(() => {
    if (!asked || thread || !choice) return;
    go(askPath(), { replace: true });
    here.current = askPath();
    void submit(asked);
  }, [asked, thread, choice, go, submit]);

  useEffect(() => {
    // Back at a conversation that could not begin, a new one begins.
    if (thread && starting && !starting.live) setStarting(null);
  }, [thread, starting]);

  useKeys(words.title, [
    { keys: "Escape", label: words.room.stopKey, run: () => (running?.live && running.turn ? void running.stop().catch(() => {}) : cited ? setCited(null) : (document.activeElement as HTMLElement | null)?.blur()) },
    { keys: "n", label: words.newConversation, run: () => go(askPath()) },
    { keys: "i", label: words.room.goQuestion, run: () => composer.current?.focus() },
  ]);

  const gone = info.error instanceof ApiError && info.error.status === 404 && !starting;
  const empty = !thread && !starting;
  const loaded = useLoaded(Conversation, !empty);
  const write = !gone && (
    <Composer
      ref={composer}
      thread={thread}
      onSubmit={again}
      running={running?.live ? running : null}
      choice={choice}
      onChoose={choose}
      editing={editing !== null}
      onCancelEdit={() => setEditing(null)}
      toEnd={toEnd}
    />
  );
  return (
    <div className="ask" data-panel={(cited && beside) || undefined} data-empty={empty || undefined}>
      {!empty && !(cited && beside) && (
        <aside className="ask-recent" aria-label={words.recent}>
          <Recent current={thread} />
        </aside>
      )}
      <div className="ask-main">
        {empty ? (
          <Greeting />
        ) : (
          <header className="ask-head">
            <h1>
              <span className={!info.data || messages.data?.[0]?.content.startsWith(info.data.title.replace(/…$/, "")) ? "visually-hidden" : undefined}>{info.data?.title ?? words.title}</span>
            </h1>
            <IconButton label={words.conversations} small className="ask-list" onClick={() => setListed(true)}>
              <MessagesSquare aria-hidden />
            </IconButton>
            <IconButton label={words.newConversation} keys="n" small onClick={() => go(askPath())}>
              <Plus aria-hidden />
            </IconButton>
            {info.data && (
              <Suspense>
                <ThreadTools thread={info.data} onDelete={() => go(threadsPath)} />
              </Suspense>
            )}
          </header>
        )}
        {thread && messages.isPending && <Skeleton lines={5} label={words.loading} />}
        {messages.error && !messages.data && !gone && <ErrorNote error={messages.error} onRetry={() => void messages.refetch()} />}
        {gone && (
          <Empty title={words.gone} actions={<Button onClick={() => go(askPath())}>{words.startAnother}</Button>}>
            {words.goneDetail}
          </Empty>
        )}
        {thread && !gone && messages.data?.length === 0 && !starting && <Empty title={words.empty}>{words.emptyDetail}</Empty>}
        {!empty &&
          (loaded ? (
            <Conversation messages={messages.data ?? none} thread={thread} starting={starting} cited={cited} onCite={setCited} onAgain={again} onEdit={edit} onWithdraw={withdraw} onAway={away} />
          ) : (
            <div className="conversation">{starting ? <Starting answer={starting} onWithdraw={withdraw} /> : !messages.isPending && !gone && <Skeleton lines={5} label={words.loading} />}</div>
          ))}
        {write}
        {empty && <Below onPick={again} />}
      </div>
      {cited && (
        <Suspense>
          <Passage cited={cited} beside={beside} onClose={() => setCited(null)} />
        </Suspense>
      )}
      {listed && (
        <Extra>
          <RecentSheet current={thread} onClose={() => setListed(false)} />
        </Extra>
      )}
    </div>
  );
}

const none: readonly Message[] = [];
