import { WifiOff } from "lucide-react";
import { DayLink } from "../../ui/DayLink";
import { Markdown } from "../../ui/Markdown";
import { Marks } from "./Marks";
import { Written } from "./OverTime";
import { Prose } from "./parts";
import type { Analysis, Report } from "./types";
import { Word } from "./Words";
import { words } from "./words";

const label = words.report.offline;

/** ReportView is what can be said of a question without a model, and says that it is no more than that. */
export function ReportView({ analysis: { result, query } }: { analysis: Analysis }) {
  const report = result?.report;
  if (!result) return null;
  const said = report?.said ?? [];
  const like = report?.like ?? [];
  const most = Math.max(1, ...said.flatMap(({ points }) => points.map((p) => p.days)));
  return (
    <div className="years-sections report">
      <p className="report-label" role="note">
        <WifiOff aria-hidden />
        <span>{words.report.doesNotAnswer(report?.label || label, query)}</span>
      </p>
      {report?.notices?.map((notice) => (
        <p key={notice} className="hint">
          {notice}
        </p>
      ))}
      {!isSummary(report) && result.final_analysis && <Prose text={result.final_analysis.analysis} />}
      {like.length > 0 && (
        <section aria-labelledby="like">
          <h2 id="like">{words.report.likeDays}</h2>
          <ol role="list" className="like-days">
            {like.map((day) => (
              <li key={`${day.id} ${day.date}`}>
                <DayLink day={day.date} entry={day.id} />
                <div className="prose note" dir="auto">
                  <Markdown kind="note" text={day.excerpt} />
                </div>
              </li>
            ))}
          </ol>
        </section>
      )}
      {said.length > 0 && (
        <section aria-labelledby="said">
          <h2 id="said">{words.report.wordsQuestion}</h2>
          {said.map((trace) => (
            <section key={trace.word} className="word" aria-label={trace.word}>
              <header>
                <h3>{trace.word}</h3>
              </header>
              <Word word={trace.word} counted={[trace.word]} points={trace.points} days={trace.days} by={trace.by} as="days" most={most} />
            </section>
          ))}
        </section>
      )}
      {isSummary(report) && report.days > 0 && (
        <>
          <section aria-labelledby="written">
            <h2 id="written">{words.report.whatWritten}</h2>
            <Written summary={report} by={report.years.length > 10 ? "year" : "month"} of="days" />
          </section>
          <Marks summary={report} />
        </>
      )}
    </div>
  );
}

function isSummary(report: Partial<Report> | null | undefined): report is Report {
  return Array.isArray(report?.months) && Array.isArray(report.years);
}
