import { ArrowLeft, RotateCcw, Square, Trash2 } from "lucide-react";
import { useState } from "react";
import { Link, useLocation } from "wouter";
import { moment } from "../../lib/dates";
import { useKeys } from "../../lib/keys";
import { analysesPath } from "../../lib/links";
import { modelName } from "../../lib/models";
import { useTitle } from "../../lib/title";
import { useTop } from "../../lib/top";
import { Button } from "../../ui/Button";
import { Confirm } from "../../ui/Dialog";
import { Empty, ErrorNote, messageOf, Note, Skeleton } from "../../ui/States";
import { toast } from "../../ui/Toasts";
import { cancel, erase, useAnalysis } from "./analyses";
import { Progress } from "./Progress";
import { scopeOf, StateChip } from "./parts";
import { ReportView } from "./ReportView";
import { ResultView } from "./ResultView";
import { isOver, type Analysis, type Request } from "./types";
import { WhatWasRead } from "./WhatWasRead";
import { words } from "./words";
import "./analysis.css";

/** AnalysisPage shows an analysis: how far it is, what it says, and what it read for that. */
export function AnalysisPage({ id }: { id: string }) {
  const [, go] = useLocation();
  const { query, analysis, live, broken } = useAnalysis(id);
  const [asking, setAsking] = useState<"cancel" | "erase" | null>(null);
  useTitle(analysis?.query ?? words.analysis.analysis);
  useTop(id);
  const running = analysis !== undefined && !isOver(analysis.status);

  const waits = live.waiting !== null && Date.parse(live.waiting.until) > Date.now();

  useKeys(words.analysis.analysis, [
    { keys: "Escape", label: words.analysis.cancelKey, run: () => running && setAsking("cancel") },
    { keys: "u", label: words.analysis.backAnalyses, run: () => go(analysesPath) },
    { keys: "j", label: words.analysis.nextYear, run: () => toHeading(1) },
    { keys: "k", label: words.analysis.previousYear, run: () => toHeading(-1) },
  ]);

  async function end(what: "cancel" | "erase") {
    try {
      if (what === "cancel") await cancel(id);
      else {
        await erase(id);
        toast(words.analysis.deleted);
        go(analysesPath);
      }
    } catch (error) {
      toast(what === "cancel" ? words.analysis.cancelFailed : words.analysis.deleteFailed, { detail: messageOf(error), urgent: true });
    }
  }

  const back = (
    <Link href={analysesPath} className="back">
      <ArrowLeft aria-hidden /> {words.analysis.analyses}
    </Link>
  );
  if (query.error && !analysis) {
    return (
      <div className="room">
        {back}
        <h1 className="visually-hidden">{words.analysis.analysis}</h1>
        {(query.error as { status?: number }).status === 404 ? (
          <Empty title={words.analysis.notFound} actions={<Link className="button primary" href={analysesPath}>{words.analysis.toAnalyses}</Link>}>
            {words.analysis.notFoundDetail}
          </Empty>
        ) : (
          <ErrorNote error={query.error} onRetry={() => void query.refetch()} />
        )}
      </div>
    );
  }
  if (!analysis) {
    return (
      <div className="room">
        {back}
        <h1 className="visually-hidden">{words.analysis.analysis}</h1>
        <Skeleton lines={6} label={words.analysis.loading} />
      </div>
    );
  }
  return (
    <div className="room analysis">
      {back}
      <header className="analysis-head">
        <h1>{analysis.query}</h1>
        <div className="row">
          <StateChip status={running ? (waits ? "waiting" : "running") : analysis.status} />
          <p className="hint">{about(analysis)}</p>
        </div>
        {analysis.focus && <p className="hint">{words.analysis.focus(analysis.focus)}</p>}
        <div className="row">
          {running ? (
            <Button small onClick={() => setAsking("cancel")}>
              <Square aria-hidden /> {words.analysis.cancel}
            </Button>
          ) : (
            <>
              <Button look="quiet" small onClick={() => go(analysesPath, { state: { again: requestOf(analysis) } })}>
                <RotateCcw aria-hidden /> {words.analysis.askAgain}
              </Button>
              <Button look="quiet" small onClick={() => setAsking("erase")}>
                <Trash2 aria-hidden /> {words.analysis.delete}
              </Button>
            </>
          )}
        </div>
      </header>
      {broken && running && <Note tone="warn">{words.analysis.reconnecting(broken.message)}</Note>}
      <Ending analysis={analysis} />
      {running && <Progress analysis={analysis} live={live} />}
      {analysis.kind === "report" ? <ReportView analysis={analysis} /> : <ResultView analysis={analysis} live={live} />}
      <WhatWasRead analysis={analysis} />
      <Confirm open={asking === "cancel"} onClose={() => setAsking(null)} title={words.analysis.cancelTitle} action={words.analysis.cancelAction} onConfirm={() => void end("cancel")} danger>
        <p>{words.analysis.cancelDetail}</p>
      </Confirm>
      <Confirm open={asking === "erase"} onClose={() => setAsking(null)} title={words.analysis.deleteTitle} action={words.analysis.delete} onConfirm={() => void end("erase")} danger>
        <p>{words.analysis.deleteDetail}</p>
      </Confirm>
    </div>
  );
}

/** Ending says how it ended, where that is not as it should. */
function Ending({ analysis: { status, error, entries, kind } }: { analysis: Analysis }) {
  if (status === "failed") return <Note tone="bad">{error ?? words.analysis.failed}</Note>;
  if (status === "cancelled") return <Note tone="warn">{words.analysis.cancelled(kind === "report" ? "." : words.analysis.notesWereRead(entries.read, entries.in_range))}</Note>;
  if (status === "partial") return <Note tone="warn">{words.analysis.partial(entries.read, entries.in_range)} {error}</Note>;
  return null;
}

function about(analysis: Analysis): string {
  const who = analysis.kind === "report" ? words.analysis.counted : words.analysis.readBy(modelName(analysis));
  return [who, scopeOf(analysis) || words.analysis.wholeJournal, moment(analysis.created_at)].join(" · ");
}

function requestOf({ query, provider, model, from, to, tags, focus, periods }: Analysis): Request {
  return { query, provider, model, ...(from ? { from } : {}), ...(to ? { to } : {}), ...(tags.length > 0 ? { tags } : {}), ...(focus ? { focus } : {}), ...(periods.length > 0 ? { periods } : {}) };
}

/** toHeading goes to the next part of what is read, or to the one before. */
function toHeading(by: 1 | -1) {
  const parts = [...document.querySelectorAll<HTMLElement>(".result-part")];
  const line = 80; // pixels below the top: about where one reads
  const now = parts.findLastIndex((part) => part.getBoundingClientRect().top < line + 1);
  const part = parts[Math.min(Math.max(now + by, 0), parts.length - 1)];
  part?.scrollIntoView({ block: "start" });
  part?.querySelector<HTMLElement>("h2")?.focus({ preventScroll: true });
}
