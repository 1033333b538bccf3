import type { ReactNode } from "react";
import { count, many } from "../../lib/dates";
import { duration, money } from "../../lib/amounts";
import type { Estimate } from "./types";

/** EstimateView says what an analysis would take; its children are what can be done about it. */
export function EstimateView({ estimate: e, offline, children }: { estimate: Estimate; offline: boolean; children: ReactNode }) {
  return (
    <section className="estimate" aria-labelledby="estimate">
      <h3 id="estimate">{e.entries === 0 ? "There is nothing to read" : "What it takes"}</h3>
      {e.entries === 0 ? (
        <p>Nothing was written in this time, or nothing with these tags.</p>
      ) : (
        <dl>
          <Line name="Notes">{count(e.entries)}</Line>
          {!offline && (
            <>
              <Line name="Steps">
                {count(e.calls)}
                {e.cached_calls > 0 && <small>{e.calls === 0 ? `all ${count(e.cached_calls)} are` : many(e.cached_calls, "more is", "more are")} known from earlier, and free</small>}
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
      <Line name="Text">
        {many(e.input_tokens, "token")} <small>and up to {count(e.output_tokens)} of answers</small>
      </Line>
      <Line name="Time">
        {e.seconds_at_least > 0 ? (
          <>
            at least {duration(e.seconds_at_least)} <small>by the budget of your settings; you may close the page meanwhile</small>
          </>
        ) : (
          "as long as the model takes"
        )}
      </Line>
      <Line name="Cost">
        {e.cost === null ? "not known" : `at most ${money(e.cost, e.currency)}`}
        {e.spent_this_month !== null && (e.cost !== null || e.spent_this_month > 0) && (
          <small>
            {money(e.spent_this_month, e.currency)} spent this month{e.monthly_cap !== null && `, of ${money(e.monthly_cap, e.currency)} at most`}
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
