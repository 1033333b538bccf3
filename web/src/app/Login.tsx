import { useState, type FormEvent } from "react";
import { login } from "../lib/session";
import { useTitle } from "../lib/title";
import { Button } from "../ui/Button";
import { messageOf } from "../ui/States";
import "./login.css";

/** Login asks for the token, once: the server then keeps a cookie that no script can read. */
export default function Login() {
  useTitle("Token");
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const field = event.currentTarget.elements.namedItem("token") as HTMLInputElement;
    setBusy(true);
    setError(null);
    try {
      await login(field.value.trim());
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
          <p className="login-name">Daybook</p>
          <h1>This journal is locked</h1>
        </div>
        <div>
          <label className="label" htmlFor="token">
            Token
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
            aria-describedby={error ? "token-error" : "token-hint"}
          />
          {error ? (
            <p id="token-error" role="alert" className="login-error">
              {error}
            </p>
          ) : (
            <p id="token-hint" className="hint">
              It is the one that the server was started with, as DAYBOOK_TOKEN. It is asked for once.
            </p>
          )}
        </div>
        <Button type="submit" look="primary" busy={busy}>
          Open the journal
        </Button>
      </form>
    </main>
  );
}
