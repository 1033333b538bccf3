import { QueryCache, QueryClient } from "@tanstack/react-query";
import { ApiError } from "./api";

const away = (error: unknown) => error instanceof ApiError && error.status === 0;

/** The one cache of what the server said; it lives in memory alone. */
export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: (error) => away(error) && void comeBack() }),
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      // The server may be on this very machine: it is asked without a network, too.
      networkMode: "always",
      // What the server refuses it would refuse again.
      retry: (times, error) => times < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 500),
    },
  },
});

const every = 2000; // milliseconds between two looks whether the server is there again
let looking = false;

/** comeBack waits until the server answers again, and then has everything asked for anew that could not be had. */
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
    return (await fetch("/status", { cache: "no-store" })).ok;
  } catch {
    return false;
  }
}
