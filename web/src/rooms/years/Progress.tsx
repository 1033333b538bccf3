import { Waiting } from "../../ui/Waiting";
import type { Live } from "./analyses";
import type { Analysis, Step } from "./types";
import { words } from "./words";

const stepStates: Record<Step["status"], string> = { waiting: words.progress.waitingStep, running: words.progress.reading, done: "done", failed: "failed", cached: words.progress.cached };

/** Progress shows how far an analysis is, step by step. */
export function Progress({ analysis: { progress, steps }, live }: { analysis: Analysis; live: Live }) {
  const now = steps.filter((step) => step.status === "running");
  return (
    <section className="card progress" aria-labelledby="progress">
      <h2 id="progress">
        {words.progress.step(progress.done, progress.steps)}
      </h2>
      <progress value={progress.done} max={Math.max(progress.steps, 1)} aria-labelledby="progress" />
      <p role="status" className="progress-now">
        {now.length > 0 ? words.progress.now(now.slice(0, 3).map((step) => step.name).join(" · "), now.length > 3 ? words.progress.more(now.length - 3) : "") : live.waiting ? words.progress.waiting : words.progress.preparing}
      </p>
      <Waiting for={live.waiting} />
      <StepGrid steps={steps} />
    </section>
  );
}

/** StepGrid is the steps at a glance, a mark each, by their years. */
function StepGrid({ steps }: { steps: readonly Step[] }) {
  const groups = new Map<string, Step[]>();
  for (const step of steps) {
    const name = step.year !== null ? String(step.year) : step.kind === "prompt" ? words.progress.before : words.progress.end;
    groups.set(name, [...(groups.get(name) ?? []), step]);
  }
  return (
    <ul role="list" className="step-grid" aria-label={words.progress.steps}>
      {[...groups].map(([name, list]) => {
        const done = list.filter((step) => step.status !== "waiting" && step.status !== "running").length;
        return (
          <li key={name}>
            <span className="step-group">{name}</span>
            <span className="step-marks" role="img" aria-label={words.progress.done(done, list.length)}>
              {list.map((step) => (
                <i key={step.id} data-status={step.status} title={`${step.name}: ${stepStates[step.status]}`} />
              ))}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
