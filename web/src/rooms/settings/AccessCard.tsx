import { useState } from "react";
import { signOut, tokenOf, useBrowsers, type Browser } from "../../lib/access";
import { moment } from "../../lib/dates";
import { useSession } from "../../lib/session";
import { Button } from "../../ui/Button";
import { Confirm } from "../../ui/Dialog";
import { ErrorNote } from "../../ui/States";
import { toast } from "../../ui/Toasts";
import { Card } from "../status/Card";

/** AccessCard lists the browsers that are signed in, and shows and replaces the token. */
export function AccessCard({ allowed }: { allowed: boolean }) {
  const { data: session } = useSession();
  const { data, error, refetch } = useBrowsers(session?.token_required === true);
  const [failure, setFailure] = useState<unknown>(null);
  if (!session?.token_required) return null;

  async function leave(browser: Browser) {
    setFailure(null);
    try {
      await signOut(browser.id);
      toast("Signed out");
    } catch (problem) {
      setFailure(problem);
    }
  }

  return (
    <Card title="Access">
      <h3 className="label">Signed-in browsers</h3>
      {error && <ErrorNote error={error} onRetry={() => void refetch()} />}
      <ul role="list" className="providers">
        {data?.browsers.map((browser) => (
          <li key={browser.id} className="price">
            <span>
              <strong>{browser.agent ?? "Unknown browser"}</strong> {browser.current ? "This browser" : `since ${moment(browser.since)}`}
            </span>
            {!browser.current && (
              <Button small onClick={() => void leave(browser)}>
                Sign out
              </Button>
            )}
          </li>
        ))}
      </ul>
      {failure !== null && <ErrorNote error={failure} />}
      {allowed && <Token />}
    </Card>
  );
}

function Token() {
  const [token, setToken] = useState("");
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  async function show(replace: boolean) {
    setBusy(true);
    setError(null);
    try {
      setToken(await tokenOf(replace));
      if (replace) toast("Token replaced");
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  }

  return (
    <div className="stack">
      <h3 className="label">Token</h3>
      {token && (
        <output className="token-text" aria-label="Token">
          {token}
        </output>
      )}
      {error !== null && <ErrorNote error={error} />}
      <div className="provider-actions">
        {token ? <Button onClick={() => setToken("")}>Hide token</Button> : <Button busy={busy} onClick={() => void show(false)}>Show token</Button>}
        <Button onClick={() => setAsking(true)}>New token…</Button>
      </div>
      <Confirm open={asking} title="Create a new token?" action="Create new token" onClose={() => setAsking(false)} onConfirm={() => void show(true)}>
        All other browsers and programs will be signed out until they have the new token.
      </Confirm>
    </div>
  );
}
