// This file is in /assets/ below the path that Daybook is served at. In
// development and in tests, that path is the top.
const here = import.meta.url;

/** base is the path that Daybook is served below, without a slash at its end; "" is the top. */
export const base = import.meta.env?.PROD ? new URL("..", here).pathname.replace(/\/$/, "") : "";

/** at returns where one of Daybook's own paths is on this server. */
export const at = (path: string) => base + path;

/** stored names what is kept in this browser; another Daybook on the same server has its own. */
export const stored = (key: string) => `daybook${base}.${key}`;

/** enterBase moves the address below the base, where the page was opened beside it. */
export function enterBase() {
  const { pathname, search, hash } = location;
  if (base && !pathname.startsWith(`${base}/`)) history.replaceState(history.state, "", at(pathname === base ? "/" : pathname) + search + hash);
}
