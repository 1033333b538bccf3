import { useEffect, useState } from "react";
import { duration } from "../lib/amounts";
import { Note } from "./States";
import { words } from "./words";

/** Waiting shows what background work is waiting for. */
export function Waiting({ for: waiting }: { for: { why: string; until: string } | null }) {
  const left = useSecondsTo(waiting?.until ?? null);
  if (!waiting || left <= 0) return null;
  return (
    <Note>
      {words.waiting.until(waiting.why, duration(left))}
    </Note>
  );
}

/** useSecondsTo counts down to a point in time. */
function useSecondsTo(until: string | null): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!until) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [until]);
  return until ? Math.max(0, (Date.parse(until) - now) / 1000) : 0;
}
