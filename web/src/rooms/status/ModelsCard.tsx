import { RotateCcw } from "lucide-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { money } from "../../lib/amounts";
import { api, got } from "../../lib/api";
import { useModels } from "../../lib/models";
import { Button, classes } from "../../ui/Button";
import { ErrorNote, Skeleton } from "../../ui/States";
import { Card } from "./Card";

const tasks: { id: string; name: string; without: string }[] = [
  { id: "chat", name: "Answers", without: "Offline: quotes your own words" },
  { id: "intent", name: "Understanding questions", without: "Same as answers" },
  { id: "embedding", name: "Search by meaning", without: "None: search is by words only" },
  { id: "transcription", name: "Transcription", without: "None: scans are kept but not transcribed" },
];

const readable: Record<string, string> = { builtin: "Built in", "builtin/": "Built in", offline: "Offline: quotes your own words", none: "None: search is by words only" };

/** ModelsCard says which model is for what, and whether the providers answer. */
export function ModelsCard() {
  const quick = useModels();
  const checked = useModels(true);
  const models = checked.data ?? quick.data;
  return (
    <Card
      title="Models"
      wide
      aside={
        <Button small busy={checked.isFetching} onClick={() => void checked.refetch()}>
          <RotateCcw aria-hidden /> Check
        </Button>
      }
    >
      {!models && !quick.error && <Skeleton lines={4} />}
      {quick.error && <ErrorNote error={quick.error} onRetry={() => void quick.refetch()} />}
      {models && (
        <>
          <dl className="facts">
            {tasks.map(({ id, name, without }) => (
              <div key={id}>
                <dt>{name}</dt>
                <dd>{nameOf(models.tasks[id]) ?? without}</dd>
              </div>
            ))}
            <Spent />
          </dl>
          <h3>Providers</h3>
          <ul role="list" className="providers">
            {models.providers.map(({ name, ok, error, models: names }) => (
              <li key={name}>
                <p>
                  <strong>{name === "offline" ? "Offline" : name}</strong>{" "}
                  {name === "offline" ? <span className="chip good">Always available</span> : <Answers ok={ok} asking={checked.isFetching} />}
                </p>
                {error && <p className="scan-error">{error}</p>}
                {names.length > 0 && <Names names={names} />}
              </li>
            ))}
          </ul>
          {models.providers.length === 1 && (
            <p className="hint">
              No provider is set up. <Link href="/app/settings">Add one in Settings.</Link> Nothing is sent until you choose a model.
            </p>
          )}
        </>
      )}
    </Card>
  );
}

/** Spent is what the models cost this month, where they have prices. */
function Spent() {
  const { data } = useQuery({ queryKey: ["spending"], queryFn: () => got(api.GET("/spending")) });
  if (!data || data.spent_this_month === null) return null;
  const { spent_this_month: spent, monthly_cap: cap, currency } = data;
  return (
    <div>
      <dt>Spent this month</dt>
      <dd>
        {money(spent, currency)}
        {cap !== null && ` of ${money(cap, currency)}`} <small className="hint">at the prices in your settings</small>
      </dd>
    </div>
  );
}

function nameOf(task: string | null | undefined): string | null {
  return task ? (readable[task] ?? task.replace(/^builtin\//, "Built in: ")) : null;
}

function Answers({ ok, asking }: { ok: boolean | null; asking: boolean }) {
  if (ok === null) return <span className="chip">{asking ? "Checking…" : "Not checked"}</span>;
  return <span className={classes("chip", ok ? "good" : "bad")}>{ok ? "Available" : "Unavailable"}</span>;
}

function Names({ names }: { names: readonly string[] }) {
  const shown = 6;
  if (names.length <= shown) return <p className="hint">{names.join(", ")}</p>;
  return (
    <details>
      <summary className="hint">
        {names.slice(0, 3).join(", ")} and {names.length - 3} more
      </summary>
      <p className="hint">{names.slice(3).join(", ")}</p>
    </details>
  );
}
