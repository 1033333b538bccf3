import { today } from "./dates";
import { wasEarly } from "./early";
import { dayQuery } from "./entries";
import { modelsQuery } from "./models";
import { queryClient } from "./query";
import { sessionQuery } from "./session";
import { threadsQuery } from "./threads";

const longest = 150; // milliseconds

/**
 * first resolves when what Home shows is there, or shortly: what was asked for
 * before the script was loaded is shown with the first render, not with a
 * second one.
 */
export async function first(): Promise<void> {
  if (!wasEarly()) return;
  const session = queryClient.prefetchQuery(sessionQuery);
  const all = document.documentElement.dataset.home === undefined ? [session] : [session, queryClient.prefetchQuery(modelsQuery()), queryClient.prefetchQuery(dayQuery(today())), queryClient.prefetchQuery(threadsQuery)];
  await Promise.race([Promise.all(all), new Promise((resolve) => setTimeout(resolve, longest))]);
}
