import { QueryClient } from "@tanstack/react-query";
import { ApiError } from "./api";

/** The one cache of what the server said; it lives in memory alone. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      // What the server refuses it would refuse again.
      retry: (times, error) => times < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 500),
    },
  },
});
