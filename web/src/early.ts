import { homeBegins } from "./rooms/home/begins";

// A separate script that runs before the first paint. It sets the chosen theme
// (see lib/theme.ts), starts the requests that the page will need (see
// lib/early.ts), and shows the first content of Home. The program itself is
// large, so it starts only when these are on the screen.

const base = new URL("..", (document.currentScript as HTMLScriptElement).src).pathname.slice(0, -1);
const longest = 200; // milliseconds to wait for what Home shows first

const stored = (key: string): string | null => {
  try {
    return localStorage.getItem(`daybook${base}.${key}`);
  } catch {
    return null; // storage may be forbidden
  }
};
const theme = stored("theme");
if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;

const home = ["", "/", "/app/ask"].some((path) => location.pathname === base + path);
if (home) document.documentElement.dataset.home = "";

const early = new Map<string, Promise<Response>>();
function askFor(path: string): Promise<Response> {
  const answer = fetch(base + path, { credentials: "same-origin" });
  answer.catch(() => {});
  early.set(path, answer);
  return answer;
}
// A sign-in link has not signed anybody in yet.
const signingIn = location.hash.startsWith("#token=") || location.hash.startsWith("#code=");
if (!signingIn) window.daybookEarly = early;

// A conversation needs its messages, and the chunk that renders them.
const conversation = /^\/app\/ask\/([^/]+)$/.exec(location.pathname.slice(base.length))?.[1];
if (conversation && !signingIn) for (const path of ["", "/messages"]) void askFor(`/threads/${conversation}${path}`);

// A day needs its notes, and the chunks that show them.
const day = /^\/app\/journal\/(\d{4}-\d\d-\d\d)$/.exec(location.pathname.slice(base.length))?.[1];
if (day && !signingIn) void askFor(`/days/${day}`);

const begins = home ? homeBegins(base, signingIn ? null : askFor, stored("first-run") === null) : null;
if (!signingIn && !home) void askFor("/session");

function preload(href: string | undefined) {
  if (href) document.head.append(Object.assign(document.createElement("link"), { rel: "modulepreload", crossOrigin: "", href }));
}

const after = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** painted resolves when the page was painted; at once where nobody sees it. */
const painted = () =>
  document.visibilityState === "hidden" ? Promise.resolve() : Promise.race([new Promise<void>((resolve) => requestAnimationFrame(() => setTimeout(resolve))), after(1000)]);

document.addEventListener("DOMContentLoaded", () => {
  void (async () => {
    const program = document.getElementById("program") as HTMLLinkElement;
    if (conversation || day) preload(program.dataset.text);
    if (day) preload(program.dataset.notes);
    if (begins) await Promise.race([begins.show(), after(longest)]);
    await painted();
    if (home && !signingIn) for (const path of ["/models?check=false", "/threads", "/almanac?public=true"]) void askFor(path);
    await import(/* @vite-ignore */ program.href);
  })();
});
