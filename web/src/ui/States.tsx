import { CircleAlert, Info, TriangleAlert, type LucideIcon } from "lucide-react";
import { Component, Suspense, type ErrorInfo, type ReactNode } from "react";
import { ApiError } from "../lib/api";
import { Button } from "./Button";
import { words } from "./words";
import "./states.css";

/** Empty is an empty state with a suggestion. */
export function Empty({ icon: Icon, title, children, actions }: { icon?: LucideIcon; title: string; children?: ReactNode; actions?: ReactNode }) {
  return (
    <div className="empty">
      {Icon && <Icon aria-hidden />}
      <h2>{title}</h2>
      {children && <div>{children}</div>}
      {actions && <div className="row">{actions}</div>}
    </div>
  );
}

/** Note is a notice about the content below it. */
export function Note({ tone = "info", children, actions, role }: { tone?: "info" | "warn" | "bad"; children: ReactNode; actions?: ReactNode; role?: "alert" | "status" }) {
  const Icon = { info: Info, warn: TriangleAlert, bad: CircleAlert }[tone];
  return (
    <div className={`note-box ${tone}`} role={role}>
      <Icon aria-hidden />
      <div>
        {children}
        {actions && <div className="row">{actions}</div>}
      </div>
    </div>
  );
}

/** ErrorNote shows an error with a button to retry. */
export function ErrorNote({ error, onRetry, children }: { error: unknown; onRetry?: () => void; children?: ReactNode }) {
  return (
    <Note tone="bad" role="alert" actions={onRetry && <Button small onClick={onRetry}>{words.states.tryAgain}</Button>}>
      {children && <strong>{children} </strong>}
      {messageOf(error)}
    </Note>
  );
}

/** messageOf returns an error's message for the user. */
export function messageOf(error: unknown): string {
  if (error instanceof ApiError) return error.message;
  return words.states.crashed;
}

/** Skeleton is a placeholder for loading lines. */
export function Skeleton({ lines = 3, label = words.states.loading }: { lines?: number; label?: string }) {
  return (
    <div role="status" aria-label={label} className="stack">
      {Array.from({ length: lines }, (_, i) => (
        <div key={i} className={`skeleton line-${i % 4}`} />
      ))}
    </div>
  );
}

/** Extra shows a part that is loaded on demand, and nothing if it cannot be loaded. */
export class Extra extends Component<{ children: ReactNode }, { failed: boolean }> {
  state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  render() {
    return this.state.failed ? null : <Suspense>{this.props.children}</Suspense>;
  }
}

interface BoundaryProps {
  /** A change resets the boundary. */
  resetKey: string;
  children: ReactNode;
}

/** ErrorBoundary contains the errors of one room. */
export class ErrorBoundary extends Component<BoundaryProps, { error: unknown; at: string }> {
  state = { error: null as unknown, at: this.props.resetKey };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  static getDerivedStateFromProps(props: BoundaryProps, state: { error: unknown; at: string }) {
    return props.resetKey === state.at ? null : { error: null, at: props.resetKey };
  }

  componentDidCatch(_error: unknown, _info: ErrorInfo) {
    // React has logged it to the console; journal text is not sent anywhere.
  }

  render() {
    if (!this.state.error) return this.props.children;
    // A chunk that can't be loaded is from an older version.
    const stale = /dynamically imported module|Importing a module script failed|preload CSS/.test(String(this.state.error));
    return (
      <div className="room">
        <Empty
          icon={CircleAlert}
          title={stale ? words.states.notLoaded : words.states.wrong}
          actions={
            <>
              <Button look="primary" onClick={() => location.reload()}>
                {words.states.reloadPage}
              </Button>
              {!stale && <Button onClick={() => this.setState({ error: null })}>{words.states.tryAgain}</Button>}
            </>
          }
        >
          {stale ? words.states.notLoadedDetail : words.states.unaffected}
        </Empty>
      </div>
    );
  }
}
