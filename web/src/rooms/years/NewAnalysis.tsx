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
import { words } from "./words";

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
      announce(words.newAnalysis.estimated);
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
      <h2 id="new-analysis">{words.newAnalysis.title}</h2>
      <p className="hint">{words.newAnalysis.about}</p>
      <form onSubmit={(event) => void look(event)} className="stack">
        <div>
          <label className="label" htmlFor="analysis-query">
            {words.newAnalysis.whatWouldLike}
          </label>
          <textarea id="analysis-query" className="field analysis-query" rows={2} required maxLength={20_000} value={query} placeholder={words.newAnalysis.example} onChange={(event) => change({ query: event.target.value })} />
        </div>
        <div className="analysis-how">
          <Segmented
            label={words.newAnalysis.how}
            showLabel
            value={mode}
            onChange={(next) => change({ mode: next })}
            options={[
              { value: "years", label: words.newAnalysis.byYear },
              { value: "compare", label: words.newAnalysis.compare },
            ]}
          />
          <div>
            <label className="label" htmlFor="analysis-model">
              {words.newAnalysis.model}
            </label>
            <ModelSelect id="analysis-model" value={model} onChange={(next) => change({ model: next })} describedBy="analysis-goes" />
          </div>
        </div>
        {mode === "compare" && <PeriodFields value={compared} years={years} onChange={(next) => change({ periods: next })} />}
        <details className="narrow" open={narrowed || undefined}>
          <summary>
            <SlidersHorizontal aria-hidden /> {mode === "compare" ? words.newAnalysis.focusAndTags : words.newAnalysis.limits}
          </summary>
          <div className="stack">
            <RangeFields value={range} onChange={(next) => change({ range: next })} tagsOnly={mode === "compare"} />
            <div>
              <label className="label" htmlFor="analysis-focus">
                {words.newAnalysis.focus}
              </label>
              <input id="analysis-focus" className="field" value={focus} maxLength={20_000} placeholder={words.newAnalysis.focusExample} onChange={(event) => change({ focus: event.target.value })} />
            </div>
          </div>
        </details>
        {model && (
          <p id="analysis-goes" className="hint">
            {offline ? words.newAnalysis.offline : words.newAnalysis.sent(mode === "compare" || range.from || range.to || range.tags.length > 0 ? words.newAnalysis.part : words.newAnalysis.all, model.provider, modelName(model))}
            {offline && models?.providers.length === 1 && words.newAnalysis.noModel}
          </p>
        )}
        {impossible && (
          <Note tone="warn">
            {words.newAnalysis.needsModel} <Link href={`${yearsPath}#marks`}>{words.newAnalysis.typical}</Link>.
          </Note>
        )}
        {shown?.error !== undefined && <ErrorNote error={shown.error} />}
        {!shown?.estimate && (
          <div>
            <Button type="submit" look="primary" busy={busy === "estimate"} disabled={!query.trim() || !model || impossible}>
              {words.newAnalysis.estimate}
            </Button>
          </div>
        )}
      </form>
      {shown?.estimate && (
        <div ref={card}>
          <EstimateView estimate={shown.estimate} offline={offline}>
            {shown.estimate.entries > 0 && (
              <Button look="primary" autoFocus busy={busy === "begin"} onClick={() => (shown.estimate?.confirm ? setAsking(true) : void start())}>
                {offline ? words.newAnalysis.count : words.newAnalysis.start}
              </Button>
            )}
            <Button onClick={() => setState(null)}>{words.newAnalysis.notNow}</Button>
          </EstimateView>
        </div>
      )}
      <Confirm open={asking} onClose={() => setAsking(false)} title={words.newAnalysis.large} action={words.newAnalysis.startAnyway} onConfirm={() => void start()}>
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
      {words.newAnalysis.largeDetail(entries, cost !== null && currency ? words.newAnalysis.costsUp(money(cost, currency)) : "")}
    </p>
  );
}

function firstAndLast(years: readonly number[]): Period[] {
  const first = years[0];
  const last = years.at(-1);
  return first === undefined || last === undefined ? [] : [yearPeriod(first), yearPeriod(last)];
}
