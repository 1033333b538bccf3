import { base } from "./base";

// What src/early.ts asked for before this script was loaded.

declare global {
  interface Window {
    daybookEarly?: Map<string, Promise<Response>>;
  }
}

const useful = 10_000; // milliseconds for which an answer is new enough

/** earlyFetch is fetch, but for the first request for what was asked for already and could be had. */
export async function earlyFetch(request: Request): Promise<Response> {
  if (request.method === "GET") {
    const { pathname, search } = new URL(request.url);
    const path = pathname.slice(base.length) + search;
    const early = window.daybookEarly?.get(path);
    window.daybookEarly?.delete(path);
    const answer = early && performance.now() < useful ? await early.catch(() => null) : null;
    // One may have signed in since.
    if (answer?.ok) return answer;
  }
  return fetch(request);
}

/** forgetEarly drops what was asked for: for a session that ended or begins. */
export const forgetEarly = () => window.daybookEarly?.clear();

/** wasEarly reports whether there are answers that were asked for before. */
export const wasEarly = () => (window.daybookEarly?.size ?? 0) > 0;
