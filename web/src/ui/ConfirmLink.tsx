import { ExternalLink } from "lucide-react";
import { useSyncExternalStore, type MouseEvent, type ReactNode } from "react";
import { Link } from "wouter";
import { Button } from "./Button";
import { Dialog } from "./Dialog";

let asked: string | null = null;
const listeners = new Set<() => void>();

function ask(url: string | null) {
  asked = url;
  for (const listener of listeners) listener();
}

/** ConfirmLink is a link in what somebody wrote. One that leads elsewhere asks before it leaves; one that leads nowhere is text. */
export function ConfirmLink({ href, children }: { href?: string; children?: ReactNode }) {
  if (href?.startsWith("/app/")) return <Link href={href}>{children}</Link>;
  const url = outside(href);
  if (!url) return <>{children}</>;
  const stop = (event: MouseEvent) => {
    event.preventDefault();
    ask(url);
  };
  return (
    <a href={url} rel="noopener noreferrer nofollow" target="_blank" onClick={stop} onAuxClick={stop}>
      {children}
    </a>
  );
}

/** outside returns an address that a browser may be sent to, null for all else. */
function outside(href: string | undefined): string | null {
  try {
    const url = new URL(href ?? "");
    return ["http:", "https:", "mailto:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null; // relative: a path in somebody's vault
  }
}

/** LeaveDialog asks; it stands once in the app. */
export function LeaveDialog() {
  const url = useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, () => asked);
  return (
    <Dialog
      open={url !== null}
      onClose={() => ask(null)}
      title="Leave Daybook?"
      size="small"
      footer={
        <>
          <Button onClick={() => ask(null)}>Stay</Button>
          <a className="button primary" href={url ?? undefined} rel="noopener noreferrer nofollow" target="_blank" onClick={() => ask(null)}>
            <ExternalLink aria-hidden /> Open it
          </a>
        </>
      }
    >
      <p>This link leads out of your journal, to a place that can see that you came:</p>
      <p className="leave-url">{url}</p>
    </Dialog>
  );
}
