import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Archive } from "lucide-react";
import { api, got } from "../../lib/api";
import { Button } from "../../ui/Button";
import { ErrorNote, messageOf, Skeleton } from "../../ui/States";
import { toast } from "../../ui/Toasts";
import { Card } from "./Card";

const units: [Intl.RelativeTimeFormatUnit, number][] = [["day", 86_400], ["hour", 3_600], ["minute", 60]];

/** ageOf says how long ago a moment was, as in "3 hours ago". */
function ageOf(at: string): string {
  const seconds = Math.max(0, (Date.now() - new Date(at).getTime()) / 1000);
  const format = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
  for (const [unit, length] of units) {
    if (seconds >= length) return format.format(-Math.floor(seconds / length), unit);
  }
  return format.format(0, "second");
}

/** BackupCard says how old the last backup is, and makes one. */
export function BackupCard() {
  const client = useQueryClient();
  const { data, error, isPending, refetch } = useQuery({ queryKey: ["backups"], queryFn: () => got(api.GET("/backups")) });
  const make = useMutation({
    mutationFn: () => got(api.POST("/backups")),
    onSuccess: (made) => {
      client.setQueryData(["backups"], made);
      toast("Backup is up to date");
    },
    onError: (failure) => toast("Backup failed", { detail: messageOf(failure), urgent: true }),
  });
  if (data && !data.folder) return null; // the demo journal
  return (
    <Card title="Backup" wide>
      {isPending && <Skeleton lines={2} />}
      {error && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {data && (
        <>
          <dl className="facts">
            <div>
              <dt>Last backup</dt>
              <dd>{data.current ? <time dateTime={data.current}>{ageOf(data.current)}</time> : "None yet"}</dd>
            </div>
            <div>
              <dt>Folder</dt>
              <dd>
                <span className="path">{data.folder}</span>
              </dd>
            </div>
          </dl>
          {data.error && <p role="alert">{data.error}</p>}
          <p className="hint">
            {data.keep > 0 ? "A backup is made every day." : "Daily backups are off."} Notes and scans are not included. Copy the folder to another disk now and then.
          </p>
          <div>
            <Button busy={make.isPending} onClick={() => make.mutate()}>
              <Archive aria-hidden /> Back up now
            </Button>
          </div>
        </>
      )}
    </Card>
  );
}
