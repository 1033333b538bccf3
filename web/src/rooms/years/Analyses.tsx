import { useState } from "react";
import { Link } from "wouter";
import { count, many, when } from "../../lib/dates";
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
import "./analyses.css";

/** Analyses begins a new analysis, and lists those that there are. */
export function Analyses() {
  useTitle("Analyses");
  const analyses = useAnalyses();
  const [again] = useState(() => (history.state as { again?: Request } | null)?.again);
  const almanac = useAlmanac(everything);
  if (almanac.data?.days === 0 && analyses.data?.length === 0) return <Nothing />;
  return (
    <div className="years-sections">
      <NewAnalysis from={again} years={almanac.data?.years.map(({ year }) => year) ?? []} />
      <section aria-labelledby="analyses">
        <h2 id="analyses">Analyses</h2>
        {analyses.isPending && <Skeleton lines={4} label="Loading the analyses" />}
        {analyses.error && <ErrorNote error={analyses.error} onRetry={() => void analyses.refetch()} />}
        {analyses.data?.length === 0 && <p className="hint analyses-none">There are none yet. Ask something above: you see what it takes before anything is read.</p>}
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
          {kind === "report" ? "Counted, without a model" : modelName(analysis)}
          {scope && ` · ${scope}`} · {status === "running" || status === "waiting" ? `${count(progress.done)} of ${many(progress.steps, "step")}` : `${count(entries.read)} of ${many(entries.in_range, "note")} read`} · {when(created_at)}
        </span>
      </Link>
    </li>
  );
}
