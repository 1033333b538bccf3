import { login } from "./session";
import { ApiError } from "./api";
import { words } from "./words";

let failure: string | null = null;
const listeners = new Set<() => void>();

/** linkFailure says why the last sign-in link did not work; for useSyncExternalStore. */
export const linkFailure = () => failure;

/** onLinkFailure calls listener when linkFailure changes, until what it returns is called. */
export function onLinkFailure(listener: () => void) {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

function fail(message: string | null) {
  failure = message;
  for (const listener of listeners) listener();
}

/** takeSecret returns the token or the code of a sign-in link, and removes it from the address and the history. */
function takeSecret(): { token: string } | { code: string } | null {
  const [, kind, secret] = /^#(token|code)=(.*)$/s.exec(location.hash) ?? [];
  if (secret === undefined) return null;
  history.replaceState(history.state, "", location.pathname + location.search);
  return kind === "code" ? { code: secret } : { token: secret };
}

/** signInByLink signs in with the token or code of the address, where it has one. It never rejects. */
export async function signInByLink() {
  const secret = takeSecret();
  if (secret === null) return;
  fail(null);
  try {
    await login(secret);
  } catch (error) {
    fail(messageOf(error, "code" in secret));
  }
}

function messageOf(error: unknown, ofCode: boolean): string {
  if (error instanceof ApiError && (error.status === 401 || error.status === 422)) {
    return ofCode
      ? words.signin.usedCode
      : words.signin.expired;
  }
  return error instanceof Error ? error.message : String(error);
}

// A link that is opened where the page already is only changes the fragment.
addEventListener("hashchange", () => void signInByLink());
