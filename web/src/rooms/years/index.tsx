import { Route, Switch, Link, useLocation } from "wouter";
import { useKeys } from "../../lib/keys";
import { analysesPath, yearsPath } from "../../lib/links";
import { Analyses } from "./Analyses";
import { AnalysisPage } from "./AnalysisPage";
import { OverTime } from "./OverTime";
import { words } from "./words";
import "./years.css";

/** Years looks at the journal as a whole: counted over time, and read by a model from its first day to its last. */
export default function Years() {
  const [path, go] = useLocation();
  useKeys(words.room.years, [
    { keys: "o", label: words.room.overTime, run: () => go(yearsPath) },
    { keys: "l", label: words.room.analyses, run: () => go(analysesPath) },
    {
      keys: "n",
      label: words.room.newAnalysis,
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
            <h1>{words.room.years}</h1>
            <nav aria-label={words.room.years} className="years-nav">
              <Tab href={yearsPath} current={path !== analysesPath}>
                {words.room.overTime}
              </Tab>
              <Tab href={analysesPath} current={path === analysesPath}>
                {words.room.analyses}
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
