import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { money } from "../../lib/amounts";
import { api, got, type Schemas } from "../../lib/api";
import { count, many, moment, shortDay } from "../../lib/dates";
import { useModels } from "../../lib/models";
import { Button, classes } from "../../ui/Button";
import { ErrorNote, Skeleton } from "../../ui/States";
import { Card } from "./Card";

type Line = Schemas["Line"];

const tasks: Record<string, string> = {
  chat: "Answer",
  intent: "Question analysis",
  search: "Search help",
  title: "Title",
  embedding: "Embedding",
  transcription: "Transcription",
  analysis: "Analysis",
  read: "Read by an app",
};

const statuses: Record<Line["status"], { name: string; tone?: "good" | "warn" | "bad" }> = {
  ok: { name: "Done", tone: "good" },
  failed: { name: "Failed", tone: "bad" },
  cancelled: { name: "Cancelled", tone: "warn" },
  sent: { name: "Sent" },
};

/** LedgerCard lists what of the journal was sent to providers, and which programs read it. */
export function LedgerCard() {
  const [filter, setFilter] = useState({ day: "", task: "", provider: "" });
  const { data: models } = useModels();
  const query = { since: filter.day, until: filter.day, task: filter.task, provider: filter.provider, limit: 20 };
  const { data, error, isPending, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ["ledger", query],
    queryFn: ({ pageParam, signal }) => got(api.GET("/ledger", { params: { query: { ...query, after: pageParam } }, signal })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const lines = data?.pages.flatMap((page) => page.lines) ?? [];
  const providers = models?.providers.map(({ name }) => name).filter((name) => name !== "offline") ?? [];
  const filtered = filter.day !== "" || filter.task !== "" || filter.provider !== "";
  return (
    <Card title="Sent to providers" wide>
      <div className="ledger-filters" role="group" aria-label="Filter">
        <label>
          Day
          <input className="field" type="date" value={filter.day} onChange={(event) => setFilter({ ...filter, day: event.target.value })} />
        </label>
        <label>
          Task
          <select className="field" value={filter.task} onChange={(event) => setFilter({ ...filter, task: event.target.value })}>
            <option value="">All</option>
            {Object.entries(tasks).map(([task, name]) => (
              <option key={task} value={task}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label>
          Provider
          <select className="field" value={filter.provider} onChange={(event) => setFilter({ ...filter, provider: event.target.value })}>
            <option value="">All</option>
            {providers.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      </div>
      {isPending && <Skeleton lines={4} />}
      {error && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {data && lines.length === 0 && <p className="hint">{filtered ? "Nothing matches." : "Nothing was sent to a provider, and no app read the journal."}</p>}
      <ul role="list" className="ledger" aria-label="Calls, latest first">
        {lines.map((line) => (
          <Call key={line.id} line={line} />
        ))}
      </ul>
      {hasNextPage && (
        <div>
          <Button small busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Show more
          </Button>
        </div>
      )}
      <p className="hint">Kept for a year. The text that was sent is not stored.</p>
    </Card>
  );
}

function Call({ line }: { line: Line }) {
  const { name, tone } = statuses[line.status];
  if (line.kind === "read") {
    return (
      <li>
        <p>
          <strong>{line.program}</strong> read the journal <span className="chip">{many(line.count, "request")}</span>
        </p>
        <p className="hint">{moment(line.time)}</p>
      </li>
    );
  }
  const facts = [moment(line.time), `${line.provider}/${line.model}`];
  if (line.input_tokens + line.output_tokens > 0) facts.push(`${count(line.input_tokens)} + ${count(line.output_tokens)} tokens`);
  if (line.cost !== null) facts.push(money(line.cost, line.currency));
  return (
    <li>
      <p>
        <strong>{tasks[line.task] ?? line.task}</strong> <span className={classes("chip", tone)}>{name}</span>
      </p>
      <p className="hint">{facts.join(" · ")}</p>
      <What line={line} />
    </li>
  );
}

const few = 3;

/** What names the entries and pages of a call. */
function What({ line }: { line: Line }) {
  const names = [
    ...line.entries.map((entry) => entry.days.map(shortDay).join(", ") || entry.path || "A deleted entry"),
    ...line.pages.map((page) => `${page.scan}, page ${page.page}`),
  ];
  if (names.length === 0) return <p className="hint">No entries</p>;
  if (names.length <= few) return <p className="hint">{names.join("; ")}</p>;
  return (
    <details>
      <summary className="hint">
        {names.slice(0, few).join("; ")} and {names.length - few} more
      </summary>
      <p className="hint">{names.slice(few).join("; ")}</p>
    </details>
  );
}
