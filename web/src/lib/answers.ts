import { ApiError, api } from "./api";
import { announce } from "./announce";
import { untilBack } from "./back";
import { keepBegun, readBegun } from "./begun";
import { newId } from "./id";
import { queryClient } from "./query";
import { whenSessionEnds } from "./session";
import { readEvents, type StreamEvent } from "./stream";
import type { Done, Found, Look, Message, ModelRef, Turn } from "./types";
import { words as say } from "./words";

/** Question is a question and the model to ask. */
export interface Question extends ModelRef {
  query: string;
  agent: boolean;
  thread?: string;
}

/** AnswerState is the state of an answer; each change is a new object. */
export interface AnswerState {
  /** "asking" until the answer begins, then "writing". */
  phase: "asking" | "writing" | "complete" | "stopped" | "failed";
  text: string;
  looks: readonly Look[];
  found: Found | null;
  done: Done | null;
  error: ApiError | null;
  /** The connection is lost and being restored. */
  lost: boolean;
  /** The server could not be reached: the question is kept, and is asked when it is back. */
  waiting: boolean;
  /** Why nothing has come for a while, until the answer begins. */
  slow: string;
}

export const messagesKey = (thread: string) => ["messages", thread] as const;
export const threadsKey = ["threads"] as const;

const begin: AnswerState = { phase: "asking", text: "", looks: [], found: null, done: null, error: null, lost: false, waiting: false, slow: "" };

/**
 * Answer is one that is being given, or was given while this page was open. It
 * lives on the server; this follows it whatever room is shown, and comes back
 * to it when the connection breaks off. What comes within some frames is told
 * as one change.
 */
export class Answer {
  turn: Turn | null = null;
  private state = begin;
  private next: AnswerState | null = null;
  private listeners = new Set<() => void>();
  private stopping = false;

  constructor(
    /** null for an answer requested elsewhere. */
    readonly question: Question | null,
    /** Called once the answer's message is known. */
    private onTurn: (answer: Answer) => void = () => {},
  ) {}

  /** arrived is called after that, by whoever shows the answer. */
  arrived: (answer: Answer) => void = () => {};

  subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  snapshot = () => this.state;

  get live() {
    return this.state.phase === "asking" || this.state.phase === "writing";
  }

  /** ask sends the question; the same key sent again is the same turn. */
  async ask(key: string) {
    const { agent = false, thread, query, provider, model } = this.question as Question;
    const url = agent ? "/journal_chat_agent/stream" : "/journal_chat/stream";
    const body = { query, provider, model, thread_id: thread ?? null, save: true, idempotency_key: key, stream: "deltas" };
    for (let tries = 0; ; tries++) {
      try {
        await this.read(readEvents(url, { body }));
        return;
      } catch (error) {
        if (!this.live) return; // withdrawn meanwhile
        if (this.turn || !(error instanceof ApiError) || error.status !== 0) {
          await this.broke(error);
          return;
        }
      }
      if (!this.now().waiting) {
        this.change({ waiting: true });
        announce(say.answers.queued);
        keepWaiting(this, key);
      }
      await untilBack(tries);
      if (!this.live) return;
    }
  }

  /** withdraw takes back a question that the server has not received. */
  withdraw() {
    if (!this.now().waiting || this.turn) return;
    this.next = { ...this.now(), phase: "stopped", waiting: false };
    this.tell();
    forgetWaiting(this);
  }

  /** follow replays the answer of a message from its beginning. */
  async follow(turn: Turn) {
    this.turn = turn;
    for (let tries = 0; ; tries++) {
      try {
        await this.read(readEvents(`/threads/${turn.thread_id}/messages/${turn.answer_id}/stream`));
        return;
      } catch (error) {
        if (!(error instanceof ApiError) || !away(error) || tries >= mostTries) {
          this.fail(error);
          return;
        }
        this.change({ lost: true });
        await untilBack(tries);
      }
    }
  }

  /** stop ends the answer on the server, which keeps the partial text. */
  async stop() {
    if (!this.turn || !this.live) return;
    this.stopping = true;
    await api.POST("/threads/{thread_id}/messages/{message_id}/stop", { params: { path: { thread_id: this.turn.thread_id, message_id: this.turn.answer_id } } });
  }

  /** broke reconnects to an answer after its connection broke. */
  private async broke(error: unknown) {
    if (this.turn && error instanceof ApiError && away(error)) await this.follow(this.turn);
    else this.fail(error);
  }

  private async read(events: AsyncGenerator<StreamEvent>) {
    let text = "";
    for await (const { event, data } of events) {
      if (this.now().lost || this.now().waiting) this.change({ lost: false, waiting: false });
      if (event === "delta") {
        text += (data as { text: string }).text;
        // A replayed stream is briefly behind the text shown.
        if (text.length >= this.now().text.length) this.change({ phase: "writing", text, slow: "" });
      } else if (event === "turn") {
        text = "";
        this.turn = data as Turn;
        forgetWaiting(this);
        this.change({ looks: [], slow: "" });
        this.onTurn(this);
      } else if (event === "waiting") {
        this.change({ slow: (data as { why: string }).why });
      } else if (event === "search_iteration") {
        this.change({ looks: [...this.now().looks, data as Look], slow: "" });
      } else if (event === "docs") {
        this.change({ found: data as Found });
      } else if (event === "done" || event === "chat_response") {
        const done = data as Done;
        this.end({ phase: "complete", text: done.response, done });
        return;
      }
    }
    throw new ApiError(0, say.answers.lost);
  }

  private fail(error: unknown) {
    if (this.stopping) this.end({ phase: "stopped" });
    else this.end({ phase: "failed", error: error instanceof ApiError ? error : new ApiError(0, say.answers.cutOff) });
  }

  private now(): AnswerState {
    return this.next ?? this.state;
  }

  private change(part: Partial<AnswerState>) {
    const waiting = this.next !== null;
    this.next = { ...this.now(), ...part };
    if (!waiting) soon(() => this.tell());
  }

  private tell() {
    if (!this.next) return;
    this.state = this.next;
    this.next = null;
    for (const listener of this.listeners) listener();
  }

  private end(part: Partial<AnswerState>) {
    this.next = { ...this.now(), ...part, lost: false, waiting: false, slow: "" };
    this.tell();
    forgetWaiting(this);
    const { phase, text, done, error } = this.state;
    announce(phase === "complete" ? say.answers.complete(text.length < 600 ? text : say.answers.words(text.split(/\s+/).length)) : phase === "stopped" ? say.answers.stopped : say.answers.incomplete(error?.message ?? ""));
    if (!this.turn) return;
    const status = phase === "complete" ? "complete" : "interrupted";
    updateMessage(this.turn, { content: text, status, ...(done ? { citations: done.citations } : {}) });
    void queryClient.invalidateQueries({ queryKey: threadsKey });
  }
}

const mostTries = 200; // about ten minutes

/** away reports whether the server was unreachable or is starting. */
const away = ({ status }: ApiError) => status === 0 || (status >= 502 && status <= 504);

const between = 50; // milliseconds at least between two changes that are shown: nobody reads faster
const mostBetween = 250;
let told = 0;
let cost = 0; // milliseconds that the last change took to be rendered

/**
 * soon runs right after a frame, so that what is rendered for it and the frame
 * that shows it do not come one on top of the other, or shortly if none is
 * drawn. Where rendering is slow, it comes less often.
 */
function soon(run: () => void) {
  let ran = false;
  const once = () => {
    if (ran) return;
    ran = true;
    told = performance.now();
    run();
    queueMicrotask(() => (cost = performance.now() - told)); // React renders in a microtask before this one
  };
  const afterFrame = () => requestAnimationFrame(() => setTimeout(once));
  const wait = told + Math.min(Math.max(between, 3 * cost), mostBetween) - performance.now();
  if (wait > 8) setTimeout(afterFrame, wait - 8);
  else afterFrame();
  setTimeout(once, mostBetween + 50);
}

/** All answers of this page, by the id of their message. */
const answers = new Map<string, Answer>();

/** Questions that the server has not received, by the place that they were asked in. */
const waiting = new Map<string, Answer>();
const placeOf = (thread?: string) => `waiting.${thread ?? ""}`;

function keepWaiting(answer: Answer, key: string) {
  if (!answer.question) return;
  const place = placeOf(answer.question.thread);
  waiting.set(place, answer);
  keepBegun(place, JSON.stringify({ key, question: answer.question }));
}

function forgetWaiting(answer: Answer) {
  const place = placeOf(answer.question?.thread);
  if (waiting.get(place) !== answer) return;
  waiting.delete(place);
  keepBegun(place, null);
}

whenSessionEnds(() => {
  answers.clear();
  for (const answer of [...waiting.values()]) answer.withdraw();
});

export const answerOf = (message: string): Answer | undefined => answers.get(message);

/** resume returns the question of a conversation that waits for the server, also one from before a reload; null for none. */
export function resume(thread: string | undefined, onTurn: (answer: Answer) => void): Answer | null {
  const place = placeOf(thread);
  const answer = waiting.get(place);
  if (answer) {
    answer.arrived = onTurn;
    return answer;
  }
  try {
    const { key, question } = JSON.parse(readBegun(place) ?? "null") as { key: string; question: Question };
    const again = ask(question, onTurn, key);
    keepWaiting(again, key);
    return again;
  } catch {
    return null;
  }
}

/**
 * ask asks a question; onTurn is called once the answer's message is known.
 * The same key again is the same turn.
 */
export function ask(question: Question, onTurn: (answer: Answer) => void, key = newId()): Answer {
  const answer = new Answer(question, (a) => {
    const turn = a.turn as Turn;
    if (answers.has(turn.answer_id)) return;
    answers.set(turn.answer_id, a);
    addTurn(turn, question);
    a.arrived(a);
  });
  answer.arrived = onTurn;
  void answer.ask(key);
  return answer;
}

/** follow follows a running answer, wherever it was requested. */
export function follow(thread: string, answerId: string): Answer {
  let answer = answers.get(answerId);
  if (!answer) {
    answer = new Answer(null);
    answers.set(answerId, answer);
    void answer.follow({ thread_id: thread, question_id: "", answer_id: answerId, key: "" });
  }
  return answer;
}

function addTurn(turn: Turn, { query, thread }: Question) {
  const key = messagesKey(turn.thread_id);
  if (thread && !queryClient.getQueryData(key)) {
    void queryClient.invalidateQueries({ queryKey: key });
    return;
  }
  const at = new Date().toISOString();
  const common = { thread_id: turn.thread_id, timestamp: at };
  queryClient.setQueryData<Message[]>(key, (messages = []) => [
    ...messages.filter((m) => m.message_id !== turn.question_id && m.message_id !== turn.answer_id),
    { ...common, message_id: turn.question_id, role: "user", content: query, metadata: null },
    { ...common, message_id: turn.answer_id, role: "assistant", content: "", status: "pending", metadata: null },
  ]);
  void queryClient.invalidateQueries({ queryKey: threadsKey });
}

function updateMessage(turn: Turn, part: Partial<Message>) {
  queryClient.setQueryData<Message[]>(messagesKey(turn.thread_id), (messages) => messages?.map((m) => (m.message_id === turn.answer_id ? { ...m, ...part } : m)));
}
