import { useQuery } from "@tanstack/react-query";
import { fetchApi } from "./api";
import { queryClient } from "./query";

/** Session is what the server says to whoever opens the page. */
export interface Session {
  authenticated: boolean;
  token_required: boolean;
  version: string;
  /** The journal is the demo. */
  demo: boolean;
  /** A journal's folder may be chosen in the page. */
  setup: boolean;
}

const key = ["session"];

/** useSession asks who may look, once, and again when the server asks for a token. */
export function useSession() {
  return useQuery({ queryKey: key, queryFn: async () => (await (await fetchApi("/session")).json()) as Session, staleTime: Infinity });
}

/** sessionEnded shows the page that asks for the token. What was read of the journal is forgotten. */
export function sessionEnded() {
  queryClient.setQueryData<Session>(key, (was) => was && { ...was, authenticated: false });
  queryClient.removeQueries({ predicate: (query) => query.queryKey[0] !== "session" });
}

/** login gives the token; a wrong one is an ApiError of status 401. */
export async function login(token: string) {
  await fetchApi("/login", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ token }) });
  await queryClient.invalidateQueries();
}

/** logout forgets the session on the server and here. */
export async function logout() {
  await fetchApi("/logout", { method: "POST" });
  sessionEnded();
}
