import { memo, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { answerOf, follow, type Answer, type AnswerState } from "../../lib/answers";
import { moment, when } from "../../lib/dates";
import { useStable } from "../../lib/stable";
import type { Message } from "../../lib/types";
import { Button } from "../../ui/Button";
import { Note } from "../../ui/States";
import { AnswerView } from "./AnswerView";
import type { Cited } from "./source";
import { words } from "./words";

interface Props {
  messages: readonly Message[];
  thread?: string;
  /** An answer whose place in the thread is not known yet. */
  starting: Answer | null;
  cited: Cited | null;
  onCite: (cited: Cited) => void;
  onAgain: (query: string) => void;
  onEdit: (question: Message) => void;
  /** Takes back a question that the server has not received. */
  onWithdraw: (query: string) => void;
  /** Called with what scrolls to the end while that is out of view, else with null. */
  onAway: (toEnd: (() => void) | null) => void;
}

/** Conversation shows questions and answers, and follows the end of one that is being given. */
export default memo(function Conversation({ messages, thread, starting, cited, onCite, onAgain, onEdit, onWithdraw, onAway }: Props) {
  const last = messages.at(-1);
  const writing = starting !== null || last?.status === "pending";
  const end = useFollowEnd(starting?.question?.query ?? last?.message_id, writing, onAway);
  // A damaged message may have been the question, so none before it is asked again.
  const lastAsked = messages.findLast((m) => m.role === "user" || m.damaged);
  const lastQuestion = starting?.question?.query ?? (lastAsked?.damaged ? undefined : lastAsked?.content);
  return (
    <div className="conversation">
      {messages.map((message, i) =>
        message.damaged ? (
          <Damaged key={message.message_id} message={message} />
        ) : message.role === "user" ? (
          <Asked key={message.message_id} message={message} onEdit={onEdit} />
        ) : (
          <Answered
            key={message.message_id}
            message={message}
            question={questionOf(messages, i)}
            thread={thread ?? ""}
            cited={cited?.message === message.message_id ? cited : null}
            onCite={onCite}
            onAgain={i === messages.length - 1 && !starting && lastQuestion ? onAgain : undefined}
            near={i > messages.length - 5}
          />
        ),
      )}
      {starting?.question && (
        <>
          <Asked query={starting.question.query} />
          <Live answer={starting} question={starting.question.query} cited={cited} onCite={onCite} onAgain={onAgain} onWithdraw={onWithdraw} />
        </>
      )}
      <div ref={end} className="conversation-end" />
    </div>
  );
});

/** questionOf is the question of the answer at i; "" if it cannot be read. */
function questionOf(messages: readonly Message[], i: number): string {
  const before = messages[i - 1];
  return before?.role === "user" && !before.damaged ? before.content : "";
}

const longQuestion = 700; // characters, from which on a question is shown in part

const Asked = memo(function Asked({ message, query, onEdit }: { message?: Message; query?: string; onEdit?: (message: Message) => void }) {
  const [whole, setWhole] = useState(false);
  const text = message?.content ?? query ?? "";
  const long = text.length > longQuestion || text.split("\n").length > 12;
  return (
    <div className="asked" role="group" aria-label={words.composer.label}>
      <h2 className="asked-text" dir="auto" data-cut={(long && !whole) || undefined}>
        {text}
      </h2>
      {long && (
        <Button look="quiet" small className="asked-more" aria-expanded={whole} onClick={() => setWhole(!whole)}>
          {whole ? words.less : words.all}
        </Button>
      )}
      {message && (
        <p className="asked-foot">
          <time dateTime={message.timestamp} title={moment(message.timestamp)}>
            {when(message.timestamp)}
          </time>
          {onEdit && (
            <Button look="quiet" small onClick={() => onEdit(message)}>
              {words.edit}
            </Button>
          )}
        </p>
      )}
    </div>
  );
});

/** Damaged takes the place of a message that cannot be read; its content says so. */
function Damaged({ message }: { message: Message }) {
  return (
    <article className="answer" aria-label={words.damaged}>
      <Note tone="bad">{message.content}</Note>
    </article>
  );
}

interface AnsweredProps {
  message: Message;
  question: string;
  thread: string;
  cited: Cited | null;
  onCite: (cited: Cited) => void;
  onAgain?: (query: string) => void;
  /** It is near the end, where a conversation opens. */
  near: boolean;
}

const Answered = memo(function Answered({ message, thread, near: atFirst, ...rest }: AnsweredProps) {
  // An answer that this page has followed has more than what is stored of it.
  const live = message.status === "pending" ? follow(thread, message.message_id) : answerOf(message.message_id);
  const { ref, near } = useNear(atFirst);
  const writing = message.status === "pending";
  return (
    <div ref={ref} className="turn" data-live={live !== undefined || undefined}>
      {!near && !writing ? <Far text={message.content} /> : live ? <Live answer={live} message={message} {...rest} /> : <Stored message={message} {...rest} />}
    </div>
  );
});

/** Far takes the place of an answer that is far from the window: its text can be found and read aloud, and costs nothing. */
function Far({ text }: { text: string }) {
  return (
    <article className="answer" aria-label={words.conversation.answer}>
      <div className="prose answer-text far" dir="auto">
        {text}
      </div>
    </article>
  );
}

type Shown = Omit<AnsweredProps, "message" | "thread" | "near"> & { onWithdraw?: (query: string) => void };

function Live({ answer, ...rest }: { answer: Answer; message?: Message } & Shown) {
  const state = useSyncExternalStore(answer.subscribe, answer.snapshot);
  return <AnswerView state={state} {...rest} />;
}

function Stored({ message, ...rest }: { message: Message } & Shown) {
  const state = useMemo(() => storedState(message), [message]);
  return <AnswerView state={state} message={message} {...rest} />;
}

const nearby = "1600px 0px"; // from the window

/** useNear reports whether an element is in the window or near it. */
function useNear(atFirst: boolean) {
  const ref = useRef<HTMLDivElement>(null);
  const [near, setNear] = useState(atFirst);
  useEffect(() => {
    const watch = new IntersectionObserver((entries) => setNear(entries.at(-1)?.isIntersecting ?? true), { rootMargin: nearby });
    if (ref.current) watch.observe(ref.current);
    return () => watch.disconnect();
  }, []);
  return { ref, near };
}

/** storedState is an answer as it was when it ended. */
function storedState({ status, content: text, citations = [], trace }: Message): AnswerState {
  const stored: AnswerState = { phase: status === "interrupted" ? "stopped" : "complete", text, looks: [], found: null, done: null, error: null, lost: false, waiting: false, slow: "" };
  if (!trace) return stored;
  const { intent, mentions = null, notices, looks, quotations, usage } = trace;
  return { ...stored, looks, found: { docs: [], intent, mentions, notices }, done: { response: text, citations, quotations, notices, usage } };
}

const near = 96; // pixels from the end that still count as being there
const atOnce = 2500; // milliseconds: an answer that is there so soon is read from its beginning

/** steadily scrolls for some frames, in which what is above and below gets its height, until a person does something. */
function steadily(scroll: () => void): () => void {
  let frames = 20;
  const stop = () => (frames = 0);
  for (const name of ["wheel", "touchstart", "keydown", "pointerdown"]) addEventListener(name, stop, { once: true, passive: true });
  const step = () => {
    if (frames-- <= 0) return;
    scroll();
    requestAnimationFrame(step);
  };
  step();
  return stop;
}

/**
 * useFollowEnd keeps the end in view while something is written there; whoever
 * scrolls up is left alone. What was there before, or at once, is shown from
 * its question on.
 */
function useFollowEnd(newest: unknown, writing: boolean, onAway: (toEnd: (() => void) | null) => void) {
  const end = useRef<HTMLDivElement>(null);
  const following = useRef(false);
  const began = useRef(0);
  const [away, setAway] = useState(false);
  const toEnd = useStable(() => {
    following.current = writing;
    // Who asks for the end is not led back to the beginning, however soon it comes.
    if (began.current > 0) began.current = Math.max(1, performance.now() - atOnce);
    // Where the end moves on, a smooth scroll would end at what was the end before.
    const smooth = !writing && !matchMedia("(prefers-reduced-motion: reduce)").matches;
    scrollTo({ top: document.documentElement.scrollHeight, behavior: smooth ? "smooth" : "auto" });
  });
  useEffect(() => onAway(away ? toEnd : null), [away, onAway, toEnd]);
  useEffect(() => () => onAway(null), [onAway]);
  useEffect(() => {
    const root = document.documentElement;
    const left = () => root.scrollHeight - innerHeight - scrollY;
    let top = scrollY;
    const onScroll = () => {
      if (left() < near) following.current = began.current > 0;
      else if (scrollY < top) following.current = false;
      top = scrollY;
      setAway(left() > innerHeight * 0.75);
    };
    const onSize = () => {
      if (following.current) scrollTo(0, root.scrollHeight);
      else setAway(left() > innerHeight * 0.75);
    };
    const box = end.current?.parentElement;
    const watch = new ResizeObserver(onSize);
    if (box) watch.observe(box);
    addEventListener("scroll", onScroll, { passive: true });
    return () => {
      watch.disconnect();
      removeEventListener("scroll", onScroll);
    };
  }, []);
  useEffect(() => {
    if (writing) {
      following.current = true;
      if (began.current === 0) began.current = performance.now();
      scrollTo(0, document.documentElement.scrollHeight);
      return;
    }
    const soon = began.current === 0 || performance.now() - began.current < atOnce;
    const follows = following.current;
    began.current = 0;
    following.current = false;
    const question = end.current?.parentElement?.querySelectorAll(".asked");
    const last = question?.[question.length - 1];
    if (soon && question?.length === 1) scrollTo(0, 0); // with what can be done with the conversation
    else if (soon && last && (follows || newest !== undefined)) return steadily(() => last.scrollIntoView({ block: "start" }));
    else if (follows) return steadily(() => scrollTo(0, document.documentElement.scrollHeight));
  }, [newest, writing]);
  return end;
}
