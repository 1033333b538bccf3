import { useQuery } from "@tanstack/react-query";
import { FolderOpen } from "lucide-react";
import { Link } from "wouter";
import { api, got } from "../../lib/api";
import { setupPath } from "../../lib/links";
import { ErrorNote, Skeleton } from "../../ui/States";
import { Card } from "./Card";
import { words } from "./words";

/** JournalCard says which journal is read, and leads to where another is chosen. */
export function JournalCard() {
  const { data, error, isPending, refetch } = useQuery({ queryKey: ["setup"], queryFn: () => got(api.GET("/setup")) });
  return (
    <Card title={words.journal.journal}>
      {isPending && <Skeleton lines={2} />}
      {error && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {data && (
        <>
          <dl className="facts">
            <div>
              <dt>{words.journal.folder}</dt>
              <dd>{data.demo || !data.journal ? words.journal.demo : <span className="path">{data.journal}</span>}</dd>
            </div>
            {data.evergreen && (
              <div>
                <dt>{words.journal.undatedNotes}</dt>
                <dd>
                  <span className="path">{data.evergreen}</span>
                </dd>
              </div>
            )}
          </dl>
          {data.allowed ? (
            <div>
              <Link className="button" href={setupPath}>
                <FolderOpen aria-hidden /> {data.demo ? words.journal.openOwnJournal : words.journal.openAnotherJournal}
              </Link>
            </div>
          ) : (
            <p className="hint">{data.why}</p>
          )}
        </>
      )}
    </Card>
  );
}
