import { Route, Switch, Link, useLocation } from "wouter";
import { useKeys } from "../../lib/keys";
import { analysesPath, yearsPath } from "../../lib/links";
import { Analyses } from "./Analyses";
import { AnalysisPage } from "./AnalysisPage";
import { OverTime } from "./OverTime";
import "./years.css";

/** Years looks at the journal as a whole: counted over time, and read by a model from its first day to its last. */
export default function Years() {
  const [path, go] = useLocation();
  useKeys("Years", [
    { keys: "o", label: "Over time", run: () => go(yearsPath) },
    { keys: "l", label: "Analyses", run: () => go(analysesPath) },
    {
      keys: "n",
      label: "New analysis",
      run: () => {
        go(analysesPath);
        setTimeout(() => document.getElementById("analysis-query")?.focus());
      },
    },
  ]);
  return (
    <Switch>
      <Route path={`${analysesPath}/:id`}>{({ id }) => <AnalysisPage key={id} id={decodeURIComponent(id)} />}</Route>
      <Route>
        <div className="room">
          <header className="room-head">
            <h1>Years</h1>
            <nav aria-label="Years" className="years-nav">
              <Tab href={yearsPath} current={path !== analysesPath}>
                Over time
              </Tab>
              <Tab href={analysesPath} current={path === analysesPath}>
                Analyses
              </Tab>
            </nav>
          </header>
          {path === analysesPath ? <Analyses /> : <OverTime />}
        </div>
      </Route>
    </Switch>
  );
}

function Tab({ href, current, children }: { href: string; current: boolean; children: string }) {
  return (
    <Link href={href} aria-current={current ? "page" : undefined}>
      {children}
    </Link>
  );
}
