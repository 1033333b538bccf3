import { RotateCcw } from "lucide-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { money } from "../../lib/amounts";
import { api, got } from "../../lib/api";
import { useModels } from "../../lib/models";
import { Button, classes } from "../../ui/Button";
import { ErrorNote, Skeleton } from "../../ui/States";
import { Card } from "./Card";
import { words } from "./words";

const tasks: { id: string; name: string; without: string }[] = [
  { id: "chat", name: words.models.answers, without: words.models.offlineAnswers },
  { id: "intent", name: words.models.understandingQuestions, without: words.models.sameAnswers },
  { id: "embedding", name: words.models.searchMeaning, without: words.models.noEmbedding },
  { id: "transcription", name: words.models.transcription, without: words.models.noTranscription },
];

const readable: Record<string, string> = { builtin: words.models.builtIn, "builtin/": words.models.builtIn, offline: words.models.offlineAnswers, none: words.models.noEmbedding };

/** ModelsCard says which model is for what, and whether the providers answer. */
export function ModelsCard() {
  const quick = useModels();
  const checked = useModels(true);
  const models = checked.data ?? quick.data;
  return (
    <Card
      title={words.models.models}
      wide
      aside={
        <Button small busy={checked.isFetching} onClick={() => void checked.refetch()}>
          <RotateCcw aria-hidden /> {words.models.check}
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
          <h3>{words.models.providers}</h3>
          <ul role="list" className="providers">
            {models.providers.map(({ name, ok, error, models: names }) => (
              <li key={name}>
                <p>
                  <strong>{name === "offline" ? words.models.offline : name}</strong>{" "}
                  {name === "offline" ? <span className="chip good">{words.models.alwaysAvailable}</span> : <Answers ok={ok} asking={checked.isFetching} />}
                </p>
                {error && <p className="scan-error">{error}</p>}
                {names.length > 0 && <Names names={names} />}
              </li>
            ))}
          </ul>
          {models.providers.length === 1 && (
            <p className="hint">
              {words.models.noProviderSet} <Link href="/app/settings">{words.models.addOneSettings}</Link> {words.models.nothingSent}
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
      <dt>{words.models.spentMonth}</dt>
      <dd>
        {money(spent, currency)}
        {cap !== null && words.models.of(money(cap, currency))} <small className="hint">{words.models.pricesSettings}</small>
      </dd>
    </div>
  );
}

function nameOf(task: string | null | undefined): string | null {
  return task ? (readable[task] ?? task.replace(/^builtin\//, "Built in: ")) : null;
}

function Answers({ ok, asking }: { ok: boolean | null; asking: boolean }) {
  if (ok === null) return <span className="chip">{asking ? words.models.checking : words.models.notChecked}</span>;
  return <span className={classes("chip", ok ? "good" : "bad")}>{ok ? words.models.available : words.models.unavailable}</span>;
}

function Names({ names }: { names: readonly string[] }) {
  const shown = 6;
  if (names.length <= shown) return <p className="hint">{names.join(", ")}</p>;
  return (
    <details>
      <summary className="hint">
        {words.models.more(names.slice(0, 3).join(", "), names.length - 3)}
      </summary>
      <p className="hint">{names.slice(3).join(", ")}</p>
    </details>
  );
}
