import { useState } from "react";
import { Link } from "wouter";
import { when } from "../../lib/dates";
import { analysisPath } from "../../lib/links";
import { modelName } from "../../lib/models";
import { useTitle } from "../../lib/title";
import { ErrorNote, Skeleton } from "../../ui/States";
import { useAnalyses } from "./analyses";
import { NewAnalysis } from "./NewAnalysis";
import { Nothing, useAlmanac } from "./OverTime";
import { scopeOf, StateChip } from "./parts";
import { everything } from "./RangeFields";
import type { Head, Request } from "./types";
import { words } from "./words";
import "./analyses.css";

/** Analyses begins a new analysis, and lists those that there are. */
export function Analyses() {
  useTitle(words.analyses.analyses);
  const analyses = useAnalyses();
  const [again] = useState(() => (history.state as { again?: Request } | null)?.again);
  const almanac = useAlmanac(everything);
  if (almanac.data?.days === 0 && analyses.data?.length === 0) return <Nothing />;
  return (
    <div className="years-sections">
      <NewAnalysis from={again} years={almanac.data?.years.map(({ year }) => year) ?? []} />
      <section aria-labelledby="analyses">
        <h2 id="analyses">{words.analyses.analyses}</h2>
        {analyses.isPending && <Skeleton lines={4} label={words.analyses.loading} />}
        {analyses.error && <ErrorNote error={analyses.error} onRetry={() => void analyses.refetch()} />}
        {analyses.data?.length === 0 && <p className="hint analyses-none">{words.analyses.none}</p>}
        {analyses.data && analyses.data.length > 0 && (
          <ul role="list" className="analyses">
            {analyses.data.map((analysis) => (
              <Row key={analysis.id} analysis={analysis} />
            ))}
          </ul>
        )}
      </section>
    </div>
  );
}

function Row({ analysis }: { analysis: Head }) {
  const { id, kind, query, status, entries, progress, created_at } = analysis;
  const scope = scopeOf(analysis);
  return (
    <li>
      <Link href={analysisPath(id)} className="analysis-row">
        <span className="analysis-query-text">{query}</span>
        <StateChip status={status} />
        <span className="hint">
          {kind === "report" ? words.analyses.counted : modelName(analysis)}
          {scope && ` · ${scope}`} · {status === "running" || status === "waiting" ? words.analyses.step(progress.done, progress.steps) : words.analyses.noteRead(entries.read, entries.in_range)} · {when(created_at)}
        </span>
      </Link>
    </li>
  );
}
