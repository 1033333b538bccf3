import { login } from "./session";
import { ApiError } from "./api";

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

/** takeToken returns the token of a sign-in link, and removes it from the address and the history. */
function takeToken(): string | null {
  const token = /^#token=(.*)$/s.exec(location.hash)?.[1];
  if (token === undefined) return null;
  history.replaceState(history.state, "", location.pathname + location.search);
  return token;
}

/** signInByLink signs in with the token of the address, where it has one. It never rejects. */
export async function signInByLink() {
  const token = takeToken();
  if (token === null) return;
  fail(null);
  try {
    await login(token);
  } catch (error) {
    fail(
      error instanceof ApiError && (error.status === 401 || error.status === 422)
        ? "This sign-in link is not valid any more. Enter the token, or open the link that Daybook printed at its last start."
        : error instanceof Error
          ? error.message
          : String(error),
    );
  }
}

// A link that is opened where the page already is only changes the fragment.
addEventListener("hashchange", () => void signInByLink());
