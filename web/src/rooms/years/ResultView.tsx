import { useId, type ReactNode } from "react";
import { DayLink } from "../../ui/DayLink";
import type { Live } from "./analyses";
import { nameOfPeriod, Prose, Quotations } from "./parts";
import type { Analysis, Part, Period } from "./types";
import { words } from "./words";

/** ResultView is what an analysis says: all of it together first, then the times it is made of. */
export function ResultView({ analysis, live }: { analysis: Analysis; live: Live }) {
  const { result, steps, kind } = analysis;
  const compare = kind === "compare";
  // One that was cancelled may have a last step that says nothing.
  const final = result?.final_analysis?.analysis ? result.final_analysis : null;
  // While it goes on the years come with their steps.
  const years = compare ? [] : result?.year_analyses.length ? result.year_analyses : steps.flatMap((step) => (step.kind === "year" && step.year !== null && step.analysis?.analysis ? [{ year: step.year, ...step.analysis }] : []));
  years.sort((a, b) => a.year - b.year);
  const periods = result?.periods ?? [];
  if (!final && !live.text && years.length === 0 && periods.length === 0) return null;
  return (
    <div className="findings" data-wide={compare || undefined}>
      {years.length > 1 && <Contents years={years.map(({ year }) => year)} all={final !== null || live.text !== ""} />}
      <div className="result-parts">
        {(final || live.text) && (
          <Section id="all" title={compare ? words.result.sideSide : years.length > 1 ? words.result.all : words.result.answer} lead>
            <div aria-busy={!final || undefined}>{<Prose text={final?.analysis ?? live.text} />}</div>
            {final && !compare && <Quotations quotations={final.quotations} />}
            {final && <Reasoning part={final} />}
          </Section>
        )}
        {periods.length > 0 && (
          <div className="periods">
            {periods.map((period, i) => (
              <PeriodSide key={i} id={`period-${i}`} period={period} />
            ))}
          </div>
        )}
        {years.map((part) => (
          <Section key={part.year} id={`year-${part.year}`} title={String(part.year)}>
            <Prose text={part.analysis} />
            <Quotations quotations={part.quotations} label={words.result.ownWords(part.year)} />
            <Reasoning part={part} />
          </Section>
        ))}
      </div>
    </div>
  );
}

function Contents({ years, all }: { years: readonly number[]; all: boolean }) {
  return (
    <nav aria-label={words.result.yearsAnalysis} className="result-contents">
      <ul role="list">
        {all && (
          <li>
            <a href="#all">{words.result.all}</a>
          </li>
        )}
        {years.map((year) => (
          <li key={year}>
            <a href={`#year-${year}`}>{year}</a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Section({ id, title, lead, children }: { id: string; title: ReactNode; lead?: boolean; children: ReactNode }) {
  const name = useId();
  return (
    <section id={id} className="result-part" data-lead={lead || undefined} aria-labelledby={name}>
      <h2 id={name} tabIndex={-1}>
        {title}
      </h2>
      {children}
    </section>
  );
}

/** PeriodSide is what is said of one time of a comparison, each claim with what bears it out. */
function PeriodSide({ id, period }: { id: string; period: Part & Period }) {
  const claims = period.claims ?? [];
  const title = nameOfPeriod(period);
  return (
    <Section id={id} title={title}>
      <p className="hint period-days">
        <DayLink day={period.from} form="short" /> {words.result.to} <DayLink day={period.to} form="short" />
      </p>
      {period.analysis ? <Prose text={period.analysis} /> : <p className="hint">{words.result.nothingRead}</p>}
      {claims.length > 0 && (
        <ol role="list" className="claims">
          {claims.map((claim, i) => (
            <li key={i}>
              <Prose text={claim.claim} />
              <Quotations quotations={claim.quotations} label={words.result.ownWordsOf(title)} />
              {!claim.quotations.some((q) => q.verified) && <p className="hint claim-bare">{words.result.unsupported}</p>}
            </li>
          ))}
        </ol>
      )}
      {claims.length === 0 && <Quotations quotations={period.quotations} label={words.result.ownWordsOf(title)} />}
      <Reasoning part={period} />
    </Section>
  );
}

function Reasoning({ part: { reasoning } }: { part: Part }) {
  if (!reasoning?.trim()) return null;
  return (
    <details className="reasoning">
      <summary>{words.result.how}</summary>
      <Prose text={reasoning} />
    </details>
  );
}
