import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { Suspense, useEffect, useRef, useState } from "react";
import { useLocation, useRoute } from "wouter";
import { ask, follow, messagesKey, type Answer } from "../../lib/answers";
import { api, ApiError, got } from "../../lib/api";
import { useKeys } from "../../lib/keys";
import { later } from "../../lib/later";
import { askPath, threadsPath } from "../../lib/links";
import { useMedia } from "../../lib/media";
import { useChoice } from "../../lib/models";
import { useThread } from "../../lib/threads";
import { useTitle } from "../../lib/title";
import type { Message } from "../../lib/types";
import { Button, IconButton } from "../../ui/Button";
import { Empty, ErrorNote, Skeleton } from "../../ui/States";
import { ThreadMenu, ThreadMenuButton } from "../../ui/ThreadMenu";
import { toast } from "../../ui/Toasts";
import { Composer } from "./Composer";
import { useDraft } from "./drafts";
import type { Cited } from "./source";
import { Welcome } from "./Welcome";
import "./ask.css";

// What renders answers comes when there is one, or once the room stands.
const Conversation = later(() => import("./Conversation"));
const Passage = later(() => import("./Passage"));

/** Ask is where one asks the journal. A conversation is at /app/ask/<its thread>. */
export default function Ask() {
  const [, params] = useRoute("/app/ask/:thread");
  const thread = params?.thread ? decodeURIComponent(params.thread) : undefined;
  // Each conversation is a room of its own; a new one stays what it is when it gets its thread.
  const [begun, setBegun] = useState<{ thread: string; key: string } | null>(null);
  const key = begun && begun.thread === thread ? begun.key : (thread ?? "new");
  return <Room key={key} thread={thread} onBegun={(id) => setBegun({ thread: id, key })} />;
}

function Room({ thread, onBegun }: { thread?: string; onBegun: (thread: string) => void }) {
  const [path, go] = useLocation();
  const here = useRef(path);
  here.current = path;
  const [choice, choose] = useChoice();
  const [draft, setDraft] = useDraft(thread);
  const [editing, setEditing] = useState<Message | null>(null);
  const [starting, setStarting] = useState<Answer | null>(null); // until it is known where it lives
  const [cited, setCited] = useState<Cited | null>(null);
  const beside = useMedia("(min-width: 72rem)");

  const messages = useQuery({
    queryKey: messagesKey(thread ?? ""),
    queryFn: () => got(api.GET("/threads/{thread_id}/messages", { params: { path: { thread_id: thread ?? "" } } })),
    enabled: thread !== undefined,
  });
  const info = useThread(thread);
  useTitle(info.data?.title ?? "Ask");

  const last = messages.data?.at(-1);
  const running = last?.status === "pending" && thread ? follow(thread, last.message_id) : starting;

  async function submit(query: string) {
    if (!choice || !query.trim()) return;
    let into = thread;
    if (editing && thread) {
      try {
        into = (await got(api.POST("/threads/{thread_id}/fork", { params: { path: { thread_id: thread } }, body: { before: editing.message_id } }))).thread_id;
      } catch (error) {
        toast("The question could not be changed", { detail: error instanceof ApiError ? error.message : undefined, urgent: true });
        return;
      }
    }
    setDraft("");
    setEditing(null);
    setCited(null);
    const from = here.current;
    const answer = ask({ ...choice, query: query.trim(), thread: into }, (a) => {
      setStarting(null);
      const id = a.turn?.thread_id as string;
      if (id === thread || here.current !== from) return; // or one has gone elsewhere
      if (!editing) onBegun(id);
      go(askPath(id), { replace: !editing });
      if (editing) toast("Asked in a new conversation", { detail: "The one before is kept as it was.", action: { label: "Go back", run: () => go(askPath(thread)) } });
    });
    setStarting(answer);
  }

  useEffect(() => {
    const timer = setTimeout(() => void Promise.all([Conversation.load(), Passage.load()]).catch(() => {}), 800);
    return () => clearTimeout(timer);
  }, []);

  useEffect(() => {
    // Whoever comes back to a conversation that could not begin starts anew.
    if (thread && starting && !starting.live) setStarting(null);
  }, [thread, starting]);

  useKeys("Ask", [
    { keys: "Escape", label: "Stop the answer, or close the passage", run: () => (running?.live ? void running.stop() : setCited(null)) },
    { keys: "n", label: "New conversation", run: () => go(askPath()) },
    { keys: "i", label: "Go to the question", run: () => document.getElementById("question")?.focus() },
  ]);

  const gone = info.error instanceof ApiError && info.error.status === 404 && !starting;
  const empty = !thread && !starting;
  return (
    <div className="ask" data-panel={(cited && beside) || undefined} data-empty={empty || undefined}>
      <div className="ask-main">
        {empty || !info.data ? (
          <h1 className="visually-hidden">Ask</h1>
        ) : (
          <header className="ask-head">
            <h1>
              <span className={messages.data?.[0]?.content.startsWith(info.data.title.replace(/…$/, "")) ? "visually-hidden" : undefined}>{info.data.title}</span>
            </h1>
            <IconButton label="New conversation" keys="n" small onClick={() => go(askPath())}>
              <Plus aria-hidden />
            </IconButton>
            <ThreadMenuButton thread={info.data} />
            <ThreadMenu onDelete={() => go(threadsPath)} />
          </header>
        )}
        {empty && <Welcome onPick={(query) => void submit(query)} />}
        {thread && messages.isPending && <Skeleton lines={5} label="Loading the conversation" />}
        {messages.error && <ErrorNote error={messages.error} onRetry={() => void messages.refetch()} />}
        {gone && (
          <Empty title="This conversation is gone" actions={<Button onClick={() => go(askPath())}>Begin another</Button>}>
            It was deleted, here or elsewhere.
          </Empty>
        )}
        {thread && !gone && messages.data?.length === 0 && !starting && (
          <Empty title="An empty conversation">Ask something below, and it begins.</Empty>
        )}
        {!empty && (
          <Suspense fallback={<div className="conversation"><Skeleton lines={5} label="Loading the conversation" /></div>}>
            <Conversation
              messages={thread ? (messages.data ?? []) : []}
              thread={thread}
              starting={starting}
              cited={cited}
              onCite={setCited}
              onAgain={(query) => void submit(query)}
              onEdit={(message) => {
                setEditing(message);
                setDraft(message.content);
                document.getElementById("question")?.focus();
              }}
            />
          </Suspense>
        )}
        {!gone && <Composer
          draft={draft}
          onDraft={setDraft}
          onSubmit={() => void submit(draft)}
          running={running?.live ? running : null}
          choice={choice}
          onChoose={choose}
          editing={editing !== null}
          onCancelEdit={() => {
            setEditing(null);
            setDraft("");
          }}
        />}
      </div>
      {cited && (
        <Suspense>
          <Passage cited={cited} beside={beside} onClose={() => setCited(null)} />
        </Suspense>
      )}
    </div>
  );
}
