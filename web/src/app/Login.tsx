import { useState, useSyncExternalStore, type FormEvent } from "react";
import { login } from "../lib/session";
import { linkFailure, onLinkFailure } from "../lib/signin";
import { useTitle } from "../lib/title";
import { Button } from "../ui/Button";
import { messageOf } from "../ui/States";
import { words } from "./words";
import "./login.css";

/** Login asks for the token; the browser then has a cookie that no script can read. */
export default function Login() {
  useTitle(words.login.signIn);
  const ofLink = useSyncExternalStore(onLinkFailure, linkFailure);
  const [ofForm, setError] = useState<string | null>(null);
  const error = ofForm ?? ofLink;
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const field = event.currentTarget.elements.namedItem("token") as HTMLInputElement;
    setBusy(true);
    setError(null);
    try {
      await login({ token: field.value.trim() });
    } catch (failure) {
      setError(messageOf(failure));
      field.select();
    } finally {
      setBusy(false);
    }
  }

  return (
    <main className="login">
      <form onSubmit={submit} className="card stack">
        <div>
          <p className="login-name">{words.login.daybook}</p>
          <h1>{words.login.signIn}</h1>
        </div>
        <div>
          <label className="label" htmlFor="token">
            {words.login.token}
          </label>
          <input
            id="token"
            name="token"
            type="password"
            className="field"
            autoComplete="current-password"
            autoCapitalize="none"
            spellCheck={false}
            required
            autoFocus
            aria-invalid={error !== null}
            aria-describedby={error ? "token-error token-hint" : "token-hint"}
          />
          {error && (
            <p id="token-error" role="alert" className="login-error">
              {error}
            </p>
          )}
          <p id="token-hint" className="hint">
            {words.login.run} <code>daybook token</code> {words.login.runHint}
          </p>
        </div>
        <Button type="submit" look="primary" busy={busy}>
          {words.login.signIn}
        </Button>
      </form>
    </main>
  );
}
