import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { money } from "../../lib/amounts";
import { api, got, type Schemas } from "../../lib/api";
import { moment, shortDay } from "../../lib/dates";
import { useModels } from "../../lib/models";
import { Button, classes } from "../../ui/Button";
import { ErrorNote, Skeleton } from "../../ui/States";
import { Card } from "./Card";
import { words } from "./words";

type Line = Schemas["Line"];

const tasks: Record<string, string> = {
  chat: words.ledger.answer,
  intent: words.ledger.questionAnalysis,
  search: words.ledger.searchHelp,
  title: words.ledger.title,
  embedding: words.ledger.embedding,
  transcription: words.ledger.transcription,
  analysis: words.ledger.analysis,
  read: words.ledger.readApp,
};

const statuses: Record<Line["status"], { name: string; tone?: "good" | "warn" | "bad" }> = {
  ok: { name: words.ledger.done, tone: "good" },
  failed: { name: words.ledger.failed, tone: "bad" },
  cancelled: { name: words.ledger.cancelled, tone: "warn" },
  sent: { name: words.ledger.sent },
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
    <Card title={words.ledger.sentProviders} wide>
      <div className="ledger-filters" role="group" aria-label={words.ledger.filter}>
        <label>
          {words.ledger.day}
          <input className="field" type="date" value={filter.day} onChange={(event) => setFilter({ ...filter, day: event.target.value })} />
        </label>
        <label>
          {words.ledger.task}
          <select className="field" value={filter.task} onChange={(event) => setFilter({ ...filter, task: event.target.value })}>
            <option value="">{words.ledger.all}</option>
            {Object.entries(tasks).map(([task, name]) => (
              <option key={task} value={task}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label>
          {words.ledger.provider}
          <select className="field" value={filter.provider} onChange={(event) => setFilter({ ...filter, provider: event.target.value })}>
            <option value="">{words.ledger.all}</option>
            {providers.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      </div>
      {isPending && <Skeleton lines={4} />}
      {error && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {data && lines.length === 0 && <p className="hint">{filtered ? words.ledger.nothingMatches : words.ledger.nothing}</p>}
      <ul role="list" className="ledger" aria-label={words.ledger.calls}>
        {lines.map((line) => (
          <Call key={line.id} line={line} />
        ))}
      </ul>
      {hasNextPage && (
        <div>
          <Button small busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {words.ledger.showMore}
          </Button>
        </div>
      )}
      <p className="hint">{words.ledger.kept}</p>
    </Card>
  );
}

function Call({ line }: { line: Line }) {
  const { name, tone } = statuses[line.status];
  if (line.kind === "read") {
    return (
      <li>
        <p>
          <strong>{line.program}</strong> {words.ledger.readJournal} <span className="chip">{words.ledger.request(line.count)}</span>
        </p>
        <p className="hint">{moment(line.time)}</p>
      </li>
    );
  }
  const facts = [moment(line.time), `${line.provider}/${line.model}`];
  if (line.input_tokens + line.output_tokens > 0) facts.push(words.ledger.tokens(line.input_tokens, line.output_tokens));
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
    ...line.entries.map((entry) => entry.days.map(shortDay).join(", ") || entry.path || words.ledger.deletedEntry),
    ...line.pages.map((page) => `${page.scan}, page ${page.page}`),
  ];
  if (names.length === 0) return <p className="hint">{words.ledger.noEntries}</p>;
  if (names.length <= few) return <p className="hint">{names.join("; ")}</p>;
  return (
    <details>
      <summary className="hint">
        {words.ledger.more(names.slice(0, few).join("; "), names.length - few)}
      </summary>
      <p className="hint">{names.slice(few).join("; ")}</p>
    </details>
  );
}
