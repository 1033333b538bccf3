import { createParser, type EventSourceMessage } from "eventsource-parser";
import { useEffect, useRef, useState } from "react";
import { ApiError, fetchApi } from "./api";
import { words } from "./words";

/** StreamEvent is a named event of a stream; data is its parsed JSON. */
export interface StreamEvent {
  event: string;
  data: unknown;
}

export interface StreamRequest {
  /** Sent as JSON by POST; without a body, the request is a GET. */
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/**
 * readEvents reads an event stream until it closes. A failure before the first
 * event is thrown as the ApiError that the status stands for; an event "error"
 * as an ApiError with the status 200.
 */
export async function* readEvents(url: string, { body, headers, signal }: StreamRequest = {}): AsyncGenerator<StreamEvent> {
  const answer = await fetchApi(url, {
    method: body === undefined ? "GET" : "POST",
    headers: { Accept: "text/event-stream", ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal,
  });
  if (!answer.body) return;
  // What comes at once is parsed at once: through streams of streams, each event costs as much as to show it.
  const reader = answer.body.getReader();
  const decoder = new TextDecoder();
  let come: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (message) => come.push(message) });
  try {
    for (;;) {
      const { done, value } = await read(reader);
      if (done) return;
      parser.feed(decoder.decode(value, { stream: true }));
      const messages = come;
      come = [];
      for (const message of messages) {
        if (message.data !== "[DONE]") yield eventOf(message);
      }
    }
  } finally {
    void reader.cancel().catch(() => {});
  }
}

function eventOf({ event = "message", data: text }: EventSourceMessage): StreamEvent {
  const data: unknown = JSON.parse(text);
  if (event === "error") {
    const { detail, error } = data as { detail?: string; error?: string };
    throw new ApiError(200, detail ?? error ?? words.stream.failed);
  }
  return { event, data };
}

async function read<T>(reader: ReadableStreamDefaultReader<T>) {
  try {
    return await reader.read();
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, words.stream.lost);
  }
}

/**
 * useEventStream listens to a GET stream for as long as the component is there
 * and url is not null, and connects again (after 1 s, then up to 15 s) when it
 * breaks off. A stream that ends with one of `last` is not opened again.
 */
export function useEventStream(url: string | null, onEvent: (event: StreamEvent) => void, last: readonly string[] = ["done"]) {
  const [error, setError] = useState<ApiError | null>(null);
  const handler = useRef(onEvent);
  const ends = useRef(last);
  useEffect(() => {
    handler.current = onEvent;
    ends.current = last;
  });
  useEffect(() => {
    if (!url) return;
    const stop = new AbortController();
    void listen(url, stop.signal, (event) => {
      setError(null);
      handler.current(event);
      return ends.current.includes(event.event);
    }, setError);
    return () => stop.abort();
  }, [url]);
  return { error };
}

async function listen(url: string, signal: AbortSignal, onEvent: (event: StreamEvent) => boolean, onError: (error: ApiError) => void) {
  for (let wait = 1000; !signal.aborted; wait = Math.min(wait * 2, 15_000)) {
    try {
      for await (const event of readEvents(url, { signal })) {
        if (onEvent(event)) return;
        wait = 1000;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiError) {
        onError(error);
        if (error.status >= 400 && error.status < 500) return;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}
