import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { api, got } from "../../lib/api";
import { DayLink } from "../../ui/DayLink";
import { ErrorNote, Skeleton } from "../../ui/States";
import { money } from "../../lib/amounts";
import { isOver, type Analysis, type LeftOut, type Step } from "./types";
import { words } from "./words";

/** WhatWasRead accounts for every note: by which step it was read, or why it was not. */
export function WhatWasRead({ analysis }: { analysis: Analysis }) {
  const { entries, usage, steps, kind, status } = analysis;
  const leftOut = entries.left_out;
  const report = kind === "report";
  if (!isOver(status) && entries.in_range === 0) return null;
  return (
    <section className="what-was-read" aria-labelledby="what-was-read">
      <h2 id="what-was-read">{words.whatWasRead.what(report ? words.whatWasRead.counted : words.whatWasRead.read)}</h2>
      <p>
        {entries.unread === 0 && isOver(status)
          ? entries.in_range === 1
            ? words.whatWasRead.oneNote
            : words.whatWasRead.allNotes(entries.in_range)
          : words.whatWasRead.note(entries.read, entries.in_range, isOver(status) ? words.whatWasRead.noteNotRead(entries.unread) : words.whatWasRead.soFar)}
      </p>
      {!report && usage.calls > 0 && (
        <p className="hint">
          {words.whatWasRead.callTokenOut(usage.calls, usage.input_tokens, usage.output_tokens)}
          {usage.cost !== null && words.whatWasRead.cost(money(usage.cost, usage.currency))}{words.whatWasRead.cached}
        </p>
      )}
      {leftOut.length > 0 && <NotRead notes={leftOut} />}
      {!report && <StepsRead steps={steps} />}
    </section>
  );
}

function NotRead({ notes }: { notes: readonly LeftOut[] }) {
  const reasons = useMemo(() => {
    const by = new Map<string, LeftOut[]>();
    for (const note of notes) by.set(note.why, [...(by.get(note.why) ?? []), note]);
    return [...by];
  }, [notes]);
  return (
    <details className="left-out" open={notes.length <= 12 || undefined}>
      <summary>{words.whatWasRead.noteLeftOut(notes.length)}</summary>
      {reasons.map(([why, list]) => (
        <div key={why}>
          <p>{why}</p>
          <ul role="list" className="day-list">
            {list.map((note) => (
              <li key={note.id}>
                <DayLink day={note.date} entry={note.id} form="short" />
              </li>
            ))}
          </ul>
        </div>
      ))}
    </details>
  );
}

/** StepsRead lists the notes of each step that read notes itself. */
function StepsRead({ steps }: { steps: readonly Step[] }) {
  const [open, setOpen] = useState(false);
  const reading = steps.filter((step) => step.kind !== "prompt" && step.entries.length > 0);
  if (reading.length === 0) return null;
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{words.whatWasRead.whichStepRead}</summary>
      {open && <StepList steps={reading} />}
    </details>
  );
}

function StepList({ steps }: { steps: readonly Step[] }) {
  const days = useQuery({ queryKey: ["days"], queryFn: () => got(api.GET("/days")) });
  const dayOf = useMemo(() => {
    const map = new Map<string, string>();
    for (const day of days.data?.days ?? []) for (const entry of day.entries) if (!map.has(entry.id)) map.set(entry.id, day.date);
    return map;
  }, [days.data]);
  if (days.isPending) return <Skeleton lines={3} label={words.whatWasRead.loadingDays} />;
  if (days.error) return <ErrorNote error={days.error} onRetry={() => void days.refetch()} />;
  return (
    <ol role="list" className="steps-read">
      {steps.map((step) => (
        <StepRead key={step.id} step={step} dayOf={dayOf} />
      ))}
    </ol>
  );
}

function StepRead({ step, dayOf }: { step: Step; dayOf: ReadonlyMap<string, string> }) {
  const [open, setOpen] = useState(false);
  const ids = step.entries;
  return (
    <li>
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          {step.name} <span className="hint">· {words.whatWasRead.notes(ids.length)}{step.status === "failed" ? words.whatWasRead.failed : step.status === "cached" ? words.whatWasRead.cachedStep : step.status === "done" ? "" : words.whatWasRead.notYet}</span>
        </summary>
        {step.error && <p className="hint">{step.error}</p>}
        {open && (
          <ul role="list" className="day-list">
            {ids.map((id) => {
              const day = dayOf.get(id);
              return <li key={id}>{day ? <DayLink day={day} entry={id} form="short" /> : <span className="hint">{words.whatWasRead.deletedNote}</span>}</li>;
            })}
          </ul>
        )}
      </details>
    </li>
  );
}
