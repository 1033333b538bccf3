import { useQuery } from "@tanstack/react-query";
import { api, got, type Schemas } from "./api";
import { queryClient } from "./query";

/** Session is what the server says to whoever opens the page. */
export type Session = Schemas["SessionJSON"];

const key = ["session"];

/** useSession says whether this browser is signed in. */
export function useSession() {
  return useQuery({ queryKey: key, queryFn: () => got(api.GET("/session")), staleTime: Infinity });
}

const forgetting = new Set<() => void>();

/** whenSessionEnds names what more is to be forgotten then. */
export function whenSessionEnds(forget: () => void) {
  forgetting.add(forget);
}

/** sessionEnded shows the page that asks for the token. What was read of the journal is forgotten. */
export function sessionEnded() {
  queryClient.setQueryData<Session>(key, (was) => was && { ...was, authenticated: false });
  for (const forget of forgetting) forget();
  queryClient.removeQueries({ predicate: (query) => query.queryKey[0] !== "session" });
}

/** login gives the token; a wrong one is an ApiError of status 401. */
export async function login(token: string) {
  await api.POST("/login", { body: { token } });
  await queryClient.invalidateQueries();
}

const settling = new Set<() => Promise<void>>();

/** whenLoggingOut names what is to be settled before, while the session may still do it. */
export function whenLoggingOut(settle: () => Promise<void>) {
  settling.add(settle);
}

/** logout forgets the session on the server and here. */
export async function logout() {
  await Promise.all([...settling].map((settle) => settle()));
  await api.POST("/logout");
  sessionEnded();
}
