import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useRoute } from "wouter";
import { api, got } from "../lib/api";
import { statusPath } from "../lib/links";
import { Button } from "../ui/Button";
import { Note } from "../ui/States";
import { words } from "./words";
import "./alerts.css";

const every = 60_000; // milliseconds between two checks

/** Alerts warns, above every room but Status, when conversations or most notes are missing. */
export default function Alerts() {
  const { data } = useQuery({ queryKey: ["ingest", "alerts"], queryFn: () => got(api.GET("/ingest")), refetchInterval: every });
  const [dismissed, dismiss] = useState("");
  const [inStatus] = useRoute(statusPath);
  const sentences = [...(data?.journal_missing?.kinds.map(({ error }) => error) ?? []), ...(data?.warnings ?? [])];
  const all = sentences.join("\n");
  if (inStatus || all === dismissed) return null;
  return (
    <div className="alerts">
      <Note
        tone="bad"
        role="alert"
        actions={
          <>
            <Link className="button small" href={statusPath}>
              {words.alerts.openStatus}
            </Link>
            <Button small look="quiet" onClick={() => dismiss(all)}>
              {words.alerts.dismiss}
            </Button>
          </>
        }
      >
        {sentences.map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
      </Note>
    </div>
  );
}
