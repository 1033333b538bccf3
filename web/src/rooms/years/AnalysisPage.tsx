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
import "./analysis.css";

/** AnalysisPage shows an analysis: how far it is, what it says, and what it read for that. */
export function AnalysisPage({ id }: { id: string }) {
  const [, go] = useLocation();
  const { query, analysis, live, broken } = useAnalysis(id);
  const [asking, setAsking] = useState<"cancel" | "erase" | null>(null);
  useTitle(analysis?.query ?? "Analysis");
  useTop(id);
  const running = analysis !== undefined && !isOver(analysis.status);

  const waits = live.waiting !== null && Date.parse(live.waiting.until) > Date.now();

  useKeys("Analysis", [
    { keys: "Escape", label: "Cancel it, after asking", run: () => running && setAsking("cancel") },
    { keys: "u", label: "Back to the analyses", run: () => go(analysesPath) },
    { keys: "j", label: "Next year", run: () => toHeading(1) },
    { keys: "k", label: "Year before", run: () => toHeading(-1) },
  ]);

  async function end(what: "cancel" | "erase") {
    try {
      if (what === "cancel") await cancel(id);
      else {
        await erase(id);
        toast("The analysis is erased");
        go(analysesPath);
      }
    } catch (error) {
      toast(what === "cancel" ? "It could not be cancelled" : "It could not be erased", { detail: messageOf(error), urgent: true });
    }
  }

  const back = (
    <Link href={analysesPath} className="back">
      <ArrowLeft aria-hidden /> Analyses
    </Link>
  );
  if (query.error && !analysis) {
    return (
      <div className="room">
        {back}
        <h1 className="visually-hidden">Analysis</h1>
        {(query.error as { status?: number }).status === 404 ? (
          <Empty title="Analysis not found" actions={<Link className="button primary" href={analysesPath}>To the analyses</Link>}>
            It may have been erased.
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
        <h1 className="visually-hidden">Analysis</h1>
        <Skeleton lines={6} label="Loading the analysis" />
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
        {analysis.focus && <p className="hint">Above all: {analysis.focus}</p>}
        <div className="row">
          {running ? (
            <Button small onClick={() => setAsking("cancel")}>
              <Square aria-hidden /> Cancel
            </Button>
          ) : (
            <>
              <Button look="quiet" small onClick={() => go(analysesPath, { state: { again: requestOf(analysis) } })}>
                <RotateCcw aria-hidden /> Ask again
              </Button>
              <Button look="quiet" small onClick={() => setAsking("erase")}>
                <Trash2 aria-hidden /> Erase
              </Button>
            </>
          )}
        </div>
      </header>
      {broken && running && <Note tone="warn">{broken.message} What was read is kept, and the analysis goes on as soon as Daybook is there. This page comes back to it by itself.</Note>}
      <Ending analysis={analysis} />
      {running && <Progress analysis={analysis} live={live} />}
      {analysis.kind === "report" ? <ReportView analysis={analysis} /> : <ResultView analysis={analysis} live={live} />}
      <WhatWasRead analysis={analysis} />
      <Confirm open={asking === "cancel"} onClose={() => setAsking(null)} title="Cancel this analysis?" action="Cancel it" onConfirm={() => void end("cancel")} danger>
        <p>What was read until now is kept, and is not paid for again when you ask the same once more.</p>
      </Confirm>
      <Confirm open={asking === "erase"} onClose={() => setAsking(null)} title="Erase this analysis?" action="Erase" onConfirm={() => void end("erase")} danger>
        <p>Its results are gone then. Your journal stays as it is.</p>
      </Confirm>
    </div>
  );
}

/** Ending says how it ended, where that is not as it should. */
function Ending({ analysis: { status, error, entries, kind } }: { analysis: Analysis }) {
  if (status === "failed") return <Note tone="bad">{error ?? "The analysis failed."}</Note>;
  if (status === "cancelled") return <Note tone="warn">This analysis was cancelled. What is below is as far as it came{kind === "report" ? "." : `: ${entries.read} of ${entries.in_range} notes were read.`}</Note>;
  if (status === "partial") return <Note tone="warn">Something is missing in this: {entries.read} of {entries.in_range} notes were read. {error}</Note>;
  return null;
}

function about(analysis: Analysis): string {
  const who = analysis.kind === "report" ? "Counted, without a model" : `Read by ${modelName(analysis)}`;
  return [who, scopeOf(analysis) || "the whole journal", moment(analysis.created_at)].join(" · ");
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
