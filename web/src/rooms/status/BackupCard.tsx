import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Archive } from "lucide-react";
import { ago } from "../../lib/amounts";
import { api, got } from "../../lib/api";
import { Button } from "../../ui/Button";
import { ErrorNote, messageOf, Skeleton } from "../../ui/States";
import { toast } from "../../ui/Toasts";
import { Card } from "./Card";
import { words } from "./words";

/** BackupCard says how old the last backup is, and makes one. */
export function BackupCard() {
  const client = useQueryClient();
  const { data, error, isPending, refetch } = useQuery({ queryKey: ["backups"], queryFn: () => got(api.GET("/backups")) });
  const make = useMutation({
    mutationFn: () => got(api.POST("/backups")),
    onSuccess: (made) => {
      client.setQueryData(["backups"], made);
      toast(words.backup.done);
    },
    onError: (failure) => toast(words.backup.failed, { detail: messageOf(failure), urgent: true }),
  });
  if (data && !data.folder) return null; // the demo journal
  return (
    <Card title={words.backup.backup} wide>
      {isPending && <Skeleton lines={2} />}
      {error && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {data && (
        <>
          <dl className="facts">
            <div>
              <dt>{words.backup.lastBackup}</dt>
              <dd>{data.current ? <time dateTime={data.current}>{ago(data.current)}</time> : words.backup.noneYet}</dd>
            </div>
            <div>
              <dt>{words.backup.folder}</dt>
              <dd>
                <span className="path">{data.folder}</span>
              </dd>
            </div>
          </dl>
          {data.error && <p role="alert">{data.error}</p>}
          <p className="hint">
            {words.backup.about(data.keep)} {words.backup.restore} <code>daybook restore --replace FILE</code>
          </p>
          <div>
            <Button busy={make.isPending} onClick={() => make.mutate()}>
              <Archive aria-hidden /> {words.backup.now}
            </Button>
          </div>
        </>
      )}
    </Card>
  );
}
