import { SlidersHorizontal } from "lucide-react";
import { useEffect, useRef, useState, type FormEvent } from "react";
import { Link, useLocation } from "wouter";
import { money } from "../../lib/amounts";
import { announce } from "../../lib/announce";
import { keepBegun, readBegun } from "../../lib/begun";
import { analysisPath, yearsPath } from "../../lib/links";
import { modelName, useChoice, useModels } from "../../lib/models";
import type { ModelRef } from "../../lib/types";
import { Button } from "../../ui/Button";
import { Confirm } from "../../ui/Dialog";
import { ErrorNote, Note } from "../../ui/States";
import { Segmented } from "../../ui/Segmented";
import { begin, estimate } from "./analyses";
import { EstimateView } from "./EstimateView";
import { ModelSelect } from "./ModelSelect";
import { PeriodFields } from "./PeriodFields";
import { everything, RangeFields, type Range } from "./RangeFields";
import { yearPeriod } from "./periods";
import type { Estimate, Period, Request } from "./types";

/** NewAnalysis asks a question of the whole journal. It begins only after it was said what that takes. */
export function NewAnalysis({ from, years }: { from?: Request; years: readonly number[] }) {
  const [, go] = useLocation();
  const [choice] = useChoice();
  const { data: models } = useModels();
  const [fields, change] = useFields(from);
  const { mode, query, focus, range } = fields;
  const [state, setState] = useState<{ for: string; estimate?: Estimate; error?: unknown } | null>(null);
  const [busy, setBusy] = useState<"estimate" | "begin" | null>(null);
  const [asking, setAsking] = useState(false);
  const [narrowed] = useState(focus !== "" || range.tags.length > 0 || range.from !== "" || range.to !== "");
  const card = useRef<HTMLDivElement>(null);

  const model = fields.model ?? choice;
  const offline = model?.provider === "offline";
  const compared = fields.periods ?? firstAndLast(years);
  const request = model && requestOf(fields, model, compared);
  const impossible = mode === "compare" && offline;
  // An estimate is of one request alone: what is changed is estimated anew.
  const asked = JSON.stringify(request);
  const shown = state?.for === asked ? state : null;

  async function look(event: FormEvent) {
    event.preventDefault();
    if (!request || !request.query || impossible) return;
    setBusy("estimate");
    try {
      const made = await estimate(request);
      setState({ for: asked, estimate: made });
      announce("This is what it takes; it has not begun.");
    } catch (error) {
      setState({ for: asked, error });
    } finally {
      setBusy(null);
    }
  }

  async function start() {
    if (!request) return;
    setBusy("begin");
    try {
      const { id } = await begin(request);
      keepBegun(place, null);
      go(analysisPath(id));
    } catch (error) {
      setState({ for: asked, error });
      setBusy(null);
    }
  }

  useEffect(() => {
    if (shown?.estimate) card.current?.scrollIntoView({ block: "nearest" });
  }, [shown?.estimate]);

  return (
    <section aria-labelledby="new-analysis" className="card new-analysis">
      <h2 id="new-analysis">Ask all of it</h2>
      <p className="hint">A search finds a few days. An analysis has every note read, year by year, and says which ones were.</p>
      <form onSubmit={(event) => void look(event)} className="stack">
        <div>
          <label className="label" htmlFor="analysis-query">
            What would you like to know?
          </label>
          <textarea id="analysis-query" className="field analysis-query" rows={2} required maxLength={20_000} value={query} placeholder="How has what I feel about work changed?" onChange={(event) => change({ query: event.target.value })} />
        </div>
        <div className="analysis-how">
          <Segmented
            label="How"
            showLabel
            value={mode}
            onChange={(next) => change({ mode: next })}
            options={[
              { value: "years", label: "Year by year" },
              { value: "compare", label: "Two times, side by side" },
            ]}
          />
          <div>
            <label className="label" htmlFor="analysis-model">
              Who reads
            </label>
            <ModelSelect id="analysis-model" value={model} onChange={(next) => change({ model: next })} describedBy="analysis-goes" />
          </div>
        </div>
        {mode === "compare" && <PeriodFields value={compared} years={years} onChange={(next) => change({ periods: next })} />}
        <details className="narrow" open={narrowed || undefined}>
          <summary>
            <SlidersHorizontal aria-hidden /> {mode === "compare" ? "What to look at above all, and tags" : "Only a part, and what to look at above all"}
          </summary>
          <div className="stack">
            <RangeFields value={range} onChange={(next) => change({ range: next })} tagsOnly={mode === "compare"} />
            <div>
              <label className="label" htmlFor="analysis-focus">
                Above all
              </label>
              <input id="analysis-focus" className="field" value={focus} maxLength={20_000} placeholder="Such as: what Dad said of it" onChange={(event) => change({ focus: event.target.value })} />
            </div>
          </div>
        </details>
        {model && (
          <p id="analysis-goes" className="hint">
            {offline ? "Nothing leaves this computer: what there is is counted, and no answer is written." : `${mode === "compare" || range.from || range.to || range.tags.length > 0 ? "What you wrote in this time" : "All that you wrote"} goes to ${model.provider}, to be read by ${modelName(model)}.`}
            {offline && models?.providers.length === 1 && " No model is set up yet."}
          </p>
        )}
        {impossible && (
          <Note tone="warn">
            A comparison requires a model. Without one, see <Link href={`${yearsPath}#marks`}>what marks each year</Link>.
          </Note>
        )}
        {shown?.error !== undefined && <ErrorNote error={shown.error} />}
        {!shown?.estimate && (
          <div>
            <Button type="submit" look="primary" busy={busy === "estimate"} disabled={!query.trim() || !model || impossible}>
              See what it takes
            </Button>
          </div>
        )}
      </form>
      {shown?.estimate && (
        <div ref={card}>
          <EstimateView estimate={shown.estimate} offline={offline}>
            {shown.estimate.entries > 0 && (
              <Button look="primary" autoFocus busy={busy === "begin"} onClick={() => (shown.estimate?.confirm ? setAsking(true) : void start())}>
                {offline ? "Count it" : "Begin"}
              </Button>
            )}
            <Button onClick={() => setState(null)}>Not now</Button>
          </EstimateView>
        </div>
      )}
      <Confirm open={asking} onClose={() => setAsking(false)} title="This is a large one" action="Begin anyway" onConfirm={() => void start()}>
        {shown?.estimate && <Large estimate={shown.estimate} />}
      </Confirm>
    </section>
  );
}

/** Fields are what is asked, as far as it was said. */
interface Fields {
  mode: "years" | "compare";
  query: string;
  focus: string;
  range: Range;
  /** null for the first and the last year. */
  periods: Period[] | null;
  /** null for the one that answers otherwise. */
  model: ModelRef | null;
}

const place = "analysis";
const nothing: Fields = { mode: "years", query: "", focus: "", range: everything, periods: null, model: null };

/** useFields begins with those of an analysis that is to be made again, or with what was begun and left. */
function useFields(from?: Request): [Fields, (part: Partial<Fields>) => void] {
  const [fields, set] = useState<Fields>(() => (from ? fieldsOf(from) : { ...nothing, ...(JSON.parse(readBegun(place) ?? "{}") as Partial<Fields>) }));
  const change = (part: Partial<Fields>) => {
    const next = { ...fields, ...part };
    set(next);
    keepBegun(place, next.query.trim() || next.focus.trim() ? JSON.stringify(next) : null);
  };
  return [fields, change];
}

function fieldsOf(from: Request): Fields {
  const periods = from.periods?.length ? from.periods : null;
  return {
    mode: periods ? "compare" : "years",
    query: from.query,
    focus: from.focus ?? "",
    range: { from: from.from ?? "", to: from.to ?? "", tags: from.tags ?? [] },
    periods,
    model: from,
  };
}

/** requestOf is what the server is asked for; what was left open is left out. */
function requestOf({ mode, query, focus, range }: Fields, { provider, model }: ModelRef, periods: Period[]): Request {
  return {
    query: query.trim(),
    provider,
    model,
    ...(focus.trim() ? { focus: focus.trim() } : {}),
    ...(range.tags.length > 0 ? { tags: [...range.tags] } : {}),
    ...(mode === "compare" ? { periods } : { ...(range.from ? { from: range.from } : {}), ...(range.to ? { to: range.to } : {}) }),
  };
}

function Large({ estimate: { entries, cost, currency } }: { estimate: Estimate }) {
  return (
    <p>
      It reads {entries} notes{cost !== null && currency ? ` and costs up to ${money(cost, currency)}` : ""}. It can be cancelled at any time; what was read until then is kept.
    </p>
  );
}

function firstAndLast(years: readonly number[]): Period[] {
  const first = years[0];
  const last = years.at(-1);
  return first === undefined || last === undefined ? [] : [yearPeriod(first), yearPeriod(last)];
}
