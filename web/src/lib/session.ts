import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, got, type Schemas } from "./api";
import { forgetEarly } from "./early";
import { queryClient } from "./query";
import { keep } from "./storage";

/** Session is the server's answer to an opened page. */
export type Session = Schemas["SessionJSON"];

const key = ["session"];

/** sessionQuery asks whether this browser is signed in. */
export const sessionQuery = queryOptions({ queryKey: key, queryFn: () => got(api.GET("/session")), staleTime: Infinity });

/** useSession says whether this browser is signed in. */
export function useSession() {
  return useQuery(sessionQuery);
}

const forgetting = new Set<() => void>();

/** whenSessionEnds registers a cleanup for the end of the session. */
export function whenSessionEnds(forget: () => void) {
  forgetting.add(forget);
}

/** sessionEnded shows the sign-in page and drops all journal data. */
export function sessionEnded() {
  forgetEarly();
  queryClient.setQueryData<Session>(key, (was) => was && { ...was, authenticated: false });
  for (const forget of forgetting) forget();
  queryClient.removeQueries({ predicate: (query) => query.queryKey[0] !== "session" });
}

/** Names under which this browser keeps that what it still has to send waits for the person to say that it is theirs. */
export const heldPages = "notebook.held";
export const heldRecordings = "recordings.held";

/** login sends the token, or a code that another browser made; a wrong one is an ApiError with status 401. */
export async function login(by: { token: string } | { code: string }) {
  forgetEarly();
  // Somebody else may have been signed in before, and have left something to send. If there is nothing, the page that sends it clears this.
  keep(heldPages, "yes");
  keep(heldRecordings, "yes");
  await api.POST("/login", { body: by });
  await queryClient.invalidateQueries();
}

const settling = new Set<() => Promise<void>>();

/** whenLoggingOut registers work to finish before signing out. */
export function whenLoggingOut(settle: () => Promise<void>) {
  settling.add(settle);
}

/** logout ends the session on the server and here. */
export async function logout() {
  await Promise.all([...settling].map((settle) => settle()));
  await api.POST("/logout");
  sessionEnded();
}
