import { lazy, useSyncExternalStore, type MouseEvent, type ReactNode } from "react";
import { Link } from "wouter";
import { Extra } from "./States";

const LeaveDialog = lazy(() => import("./LeaveDialog"));

let asked: string | null = null;
const listeners = new Set<() => void>();

function ask(url: string | null) {
  asked = url;
  for (const listener of listeners) listener();
}

/** ConfirmLink is a link in a note or an answer. External links ask before leaving; invalid ones are plain text. */
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

/** outside returns a URL that is safe to open, or null. */
function outside(href: string | undefined): string | null {
  try {
    const url = new URL(href ?? "");
    return ["http:", "https:", "mailto:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null; // relative: a path in the vault
  }
}

function useAsked(): string | null {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, () => asked);
}

/** LeaveGate shows the question; the app has one. */
export function LeaveGate() {
  const url = useAsked();
  if (url === null) return null;
  return (
    <Extra>
      <LeaveDialog url={url} onClose={() => ask(null)} />
    </Extra>
  );
}
