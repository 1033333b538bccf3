import { count, many } from "../../lib/dates";
import { Waiting } from "../../ui/Waiting";
import type { Live } from "./analyses";
import type { Analysis, Step } from "./types";

const stepStates: Record<Step["status"], string> = { waiting: "to come", running: "being read", done: "done", failed: "failed", cached: "known from earlier" };

/** Progress shows how far an analysis is, step by step. */
export function Progress({ analysis: { progress, steps }, live }: { analysis: Analysis; live: Live }) {
  const now = steps.filter((step) => step.status === "running");
  return (
    <section className="card progress" aria-labelledby="progress">
      <h2 id="progress">
        {count(progress.done)} of {many(progress.steps, "step")}
      </h2>
      <progress value={progress.done} max={Math.max(progress.steps, 1)} aria-labelledby="progress" />
      <p role="status" className="progress-now">
        {now.length > 0 ? `Now: ${now.slice(0, 3).map((step) => step.name).join(" · ")}${now.length > 3 ? ` and ${now.length - 3} more` : ""}` : live.waiting ? "Waiting" : "Getting ready…"}
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
    const name = step.year !== null ? String(step.year) : step.kind === "prompt" ? "Before" : "At the end";
    groups.set(name, [...(groups.get(name) ?? []), step]);
  }
  return (
    <ul role="list" className="step-grid" aria-label="Steps">
      {[...groups].map(([name, list]) => {
        const done = list.filter((step) => step.status !== "waiting" && step.status !== "running").length;
        return (
          <li key={name}>
            <span className="step-group">{name}</span>
            <span className="step-marks" role="img" aria-label={`${done} of ${list.length} done`}>
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
