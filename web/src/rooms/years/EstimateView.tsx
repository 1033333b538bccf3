import type { ReactNode } from "react";
import { count } from "../../lib/dates";
import { duration, money } from "../../lib/amounts";
import type { Estimate } from "./types";
import { words } from "./words";

/** EstimateView says what an analysis would take; its children are what can be done about it. */
export function EstimateView({ estimate: e, offline, children }: { estimate: Estimate; offline: boolean; children: ReactNode }) {
  return (
    <section className="estimate" aria-labelledby="estimate">
      <h3 id="estimate">{e.entries === 0 ? words.estimate.nothing : words.estimate.title}</h3>
      {e.entries === 0 ? (
        <p>{words.estimate.nothingDetail}</p>
      ) : (
        <dl>
          <Line name={words.estimate.notes}>{count(e.entries)}</Line>
          {!offline && (
            <>
              <Line name={words.estimate.steps}>
                {count(e.calls)}
                {e.cached_calls > 0 && <small>{words.estimate.cached(e.cached_calls, e.calls === 0)}</small>}
              </Line>
              {e.calls > 0 && <ToPay estimate={e} />}
            </>
          )}
        </dl>
      )}
      {e.notices.length > 0 && (
        <ul className="estimate-notices">
          {e.notices.map((notice) => (
            <li key={notice}>{notice}</li>
          ))}
        </ul>
      )}
      <div className="row">{children}</div>
    </section>
  );
}

/** ToPay is what the steps take that are not known yet. */
function ToPay({ estimate: e }: { estimate: Estimate }) {
  return (
    <>
      <Line name={words.estimate.text}>
        {words.estimate.token(e.input_tokens)} <small>{words.estimate.upTo(e.output_tokens)}</small>
      </Line>
      <Line name={words.estimate.time}>
        {e.seconds_at_least > 0 ? (
          <>
            {words.estimate.atLeast(duration(e.seconds_at_least))} <small>{words.estimate.rateLimited}</small>
          </>
        ) : (
          words.estimate.noRateLimit
        )}
      </Line>
      <Line name={words.estimate.cost}>
        {e.cost === null ? words.estimate.unknown : words.estimate.atMost(money(e.cost, e.currency))}
        {e.spent_this_month !== null && (e.cost !== null || e.spent_this_month > 0) && (
          <small>
            {words.estimate.spentMonth(money(e.spent_this_month, e.currency))}{e.monthly_cap !== null && words.estimate.ofAtMost(money(e.monthly_cap, e.currency))}
          </small>
        )}
      </Line>
    </>
  );
}

function Line({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
