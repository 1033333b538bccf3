import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { announce } from "../../lib/announce";
import { api, got } from "../../lib/api";
import { queryClient } from "../../lib/query";
import { useEventStream, type StreamEvent } from "../../lib/stream";
import { isOver, type Analysis, type Estimate, type Head, type Request, type Step } from "./types";
import { words } from "./words";

const listKey = ["analyses"] as const;
const oneKey = (id: string) => ["analyses", id] as const;
const at = (id: string) => ({ params: { path: { id } } });

/** useAnalyses are all analyses, the latest first; looked at again while one of them is not over. */
export function useAnalyses() {
  return useQuery({
    queryKey: listKey,
    queryFn: async () => (await got(api.GET("/analyses"))) ?? [],
    refetchInterval: ({ state }) => (state.data?.some((a) => !isOver(a.status)) ? 3000 : false),
  });
}

/** estimate says what an analysis would take; nothing is asked of a model. */
export const estimate = (body: Request) => got<Estimate>(api.POST("/analyses/estimate", { body }));

/** begin begins an analysis. */
export async function begin({ periods, ...body }: Request): Promise<Analysis> {
  const made = (await (periods ? got(api.POST("/analyses/compare", { body: { ...body, periods } })) : got(api.POST("/analyses", { body })))) as Analysis;
  queryClient.setQueryData(oneKey(made.id), made);
  void queryClient.invalidateQueries({ queryKey: listKey, exact: true });
  return made;
}

/** cancel ends an analysis; what was done of it is kept. */
export async function cancel(id: string) {
  await api.POST("/analyses/{id}/cancel", at(id));
  await queryClient.invalidateQueries({ queryKey: listKey });
}

/** erase takes an analysis away, for good. */
export async function erase(id: string) {
  await api.DELETE("/analyses/{id}", at(id));
  queryClient.removeQueries({ queryKey: oneKey(id), exact: true });
  await queryClient.invalidateQueries({ queryKey: listKey, exact: true });
}

/** Live is what an analysis is doing now. */
export interface Live {
  /** The final answer as far as it has come; "" while there is none. */
  text: string;
  /** Nothing goes on until then. */
  waiting: { why: string; until: string } | null;
}

const still: Live = { text: "", waiting: null };

/** useAnalysis is an analysis, and what it does while it is not over. */
export function useAnalysis(id: string) {
  const query = useQuery({ queryKey: oneKey(id), queryFn: async () => (await got(api.GET("/analyses/{id}", at(id)))) as Analysis });
  const [live, setLive] = useState(still);
  const running = query.data !== undefined && !isOver(query.data.status);
  const take = useBatches((events) => {
    queryClient.setQueryData<Analysis>(oneKey(id), (was) => events.reduce(analysisAfter, was));
    setLive((was) => events.reduce(liveAfter, was));
    const done = events.find((e) => e.event === "done");
    if (!done) return;
    announce(ended[(done.data as Analysis).status] ?? words.analyses.over);
    void queryClient.invalidateQueries({ queryKey: listKey, exact: true });
  });
  const stream = useEventStream(running ? `/analyses/${encodeURIComponent(id)}/stream` : null, take);
  return { query, analysis: query.data, live: running ? live : still, broken: stream.error };
}

const ended: Partial<Record<Head["status"], string>> = {
  complete: words.analyses.complete,
  partial: words.analyses.partial,
  failed: words.analyses.failed,
  cancelled: words.analyses.cancelled,
};

/** useBatches hands over what comes within a frame at once: a long run is told from its beginning, in hundreds of events. */
function useBatches(handle: (events: StreamEvent[]) => void) {
  const latest = useRef(handle);
  const kept = useRef<StreamEvent[]>([]);
  useEffect(() => {
    latest.current = handle;
  });
  const flush = () => {
    const events = kept.current;
    kept.current = [];
    if (events.length > 0) latest.current(events);
  };
  return (event: StreamEvent) => {
    kept.current.push(event);
    if (event.event === "done") flush();
    else if (kept.current.length === 1) setTimeout(flush, 50);
  };
}

function analysisAfter(was: Analysis | undefined, { event, data }: StreamEvent): Analysis | undefined {
  switch (event) {
    case "plan":
    case "done":
      return data as Analysis;
    case "step":
      return was && withStep(was, data as Step);
    default:
      return was;
  }
}

function withStep(was: Analysis, step: Step): Analysis {
  const known = was.steps.some((s) => s.id === step.id);
  const steps = known ? was.steps.map((s) => (s.id === step.id ? step : s)) : [...was.steps, step];
  const done = steps.filter((s) => s.status !== "waiting" && s.status !== "running").length;
  const read = new Set(steps.flatMap((s) => ((s.kind === "chunk" || s.kind === "year") && (s.status === "done" || s.status === "cached") ? s.entries : []))).size;
  return { ...was, steps, progress: { steps: steps.length, done }, entries: { ...was.entries, read, unread: was.entries.in_range - read } };
}

function liveAfter(was: Live, { event, data }: StreamEvent): Live {
  switch (event) {
    case "plan":
      return still; // it is told from the beginning
    case "waiting":
      return { ...was, waiting: data as Live["waiting"] };
    case "delta": {
      const { text = "", again } = data as { text?: string; again?: boolean };
      return { text: again ? text : was.text + text, waiting: null };
    }
    default:
      return was;
  }
}
