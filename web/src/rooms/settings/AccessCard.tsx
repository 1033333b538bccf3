import { useState } from "react";
import { signOut, tokenOf, useBrowsers, type Browser } from "../../lib/access";
import { moment } from "../../lib/dates";
import { useSession } from "../../lib/session";
import { Button } from "../../ui/Button";
import { Confirm } from "../../ui/Dialog";
import { ErrorNote } from "../../ui/States";
import { toast } from "../../ui/Toasts";
import { Card } from "../status/Card";
import { words } from "./words";

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
      toast(words.access.signedOut);
    } catch (problem) {
      setFailure(problem);
    }
  }

  return (
    <Card title={words.access.access}>
      <h3 className="label">{words.access.signedBrowsers}</h3>
      {error && <ErrorNote error={error} onRetry={() => void refetch()} />}
      <ul role="list" className="providers">
        {data?.browsers.map((browser) => (
          <li key={browser.id} className="price">
            <span>
              <strong>{browser.agent ?? words.access.unknownBrowser}</strong> {browser.current ? words.access.thisBrowser : words.access.since(moment(browser.since))}
            </span>
            {!browser.current && (
              <Button small onClick={() => void leave(browser)}>
                {words.access.signOut}
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
      if (replace) toast(words.access.tokenReplaced);
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  }

  return (
    <div className="stack">
      <h3 className="label">{words.access.token}</h3>
      {token && (
        <output className="token-text" aria-label={words.access.token}>
          {token}
        </output>
      )}
      {error !== null && <ErrorNote error={error} />}
      <div className="provider-actions">
        {token ? <Button onClick={() => setToken("")}>{words.access.hideToken}</Button> : <Button busy={busy} onClick={() => void show(false)}>{words.access.showToken}</Button>}
        <Button onClick={() => setAsking(true)}>{words.access.newToken}</Button>
      </div>
      <Confirm open={asking} title={words.access.newTokenTitle} action={words.access.createToken} onClose={() => setAsking(false)} onConfirm={() => void show(true)}>
        {words.access.newTokenDetail}
      </Confirm>
    </div>
  );
}
