import { useQuery } from "@tanstack/react-query";
import { FolderOpen } from "lucide-react";
import { Link } from "wouter";
import { api, got } from "../../lib/api";
import { setupPath } from "../../lib/links";
import { ErrorNote, Skeleton } from "../../ui/States";
import { Card } from "./Card";

/** JournalCard says which journal is read, and leads to where another is chosen. */
export function JournalCard() {
  const { data, error, isPending, refetch } = useQuery({ queryKey: ["setup"], queryFn: () => got(api.GET("/setup")) });
  return (
    <Card title="Journal">
      {isPending && <Skeleton lines={2} />}
      {error && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {data && (
        <>
          <dl className="facts">
            <div>
              <dt>Folder</dt>
              <dd>{data.demo || !data.journal ? "Demo journal: two years of an invented person" : <span className="path">{data.journal}</span>}</dd>
            </div>
            {data.evergreen && (
              <div>
                <dt>Undated notes</dt>
                <dd>
                  <span className="path">{data.evergreen}</span>
                </dd>
              </div>
            )}
          </dl>
          {data.allowed ? (
            <div>
              <Link className="button" href={setupPath}>
                <FolderOpen aria-hidden /> {data.demo ? "Open your own journal" : "Open another journal"}
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
