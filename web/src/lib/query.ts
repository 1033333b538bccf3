import { QueryCache, QueryClient } from "@tanstack/react-query";
import { ApiError } from "./api";
import { at } from "./base";

const away = (error: unknown) => error instanceof ApiError && error.status === 0;

/** The cache of server responses; in memory only. */
export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: (error) => away(error) && void comeBack() }),
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      // The server may be on this machine, so query it without a network too.
      networkMode: "always",
      // A refused request would be refused again.
      retry: (times, error) => times < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 500),
    },
  },
});

const every = 2000; // milliseconds between checks whether the server is back
let looking = false;

/** comeBack waits until the server answers again and then refetches failed queries. */
async function comeBack() {
  if (looking) return;
  looking = true;
  do {
    await new Promise((resolve) => setTimeout(resolve, every));
  } while (document.visibilityState === "hidden" || !(await answers()));
  looking = false;
  await queryClient.invalidateQueries({ predicate: (query) => query.state.status === "error" && away(query.state.error) });
}

async function answers(): Promise<boolean> {
  try {
    return (await fetch(at("/status"), { cache: "no-store" })).ok;
  } catch {
    return false;
  }
}
