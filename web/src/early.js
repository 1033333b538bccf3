// Runs before anything is painted: it sets the chosen theme (see lib/theme.ts),
// says whether this is Home, whose first words are part of the page, and asks
// for what the page is going to ask for, while its script is still loading (see
// lib/early.ts).
const base = new URL("..", document.currentScript.src).pathname.slice(0, -1);
try {
  const theme = localStorage.getItem(`daybook${base}.theme`);
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be forbidden; the system's theme is used then.
}
const home = ["", "/", "/app/ask"].some((path) => location.pathname === base + path);
if (home) document.documentElement.dataset.home = "";
// With a sign-in link, one is not signed in yet.
if (!location.hash.startsWith("#token=") && !location.hash.startsWith("#code=")) {
  const now = new Date();
  const two = (n) => String(n).padStart(2, "0");
  const day = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  const wanted = ["/session", ...(home ? ["/models?check=false", `/days/${day}`, "/threads", "/almanac?public=true"] : [])];
  window.daybookEarly = new Map(wanted.map((path) => [path, fetch(base + path, { credentials: "same-origin" })]));
  for (const answer of window.daybookEarly.values()) answer.catch(() => {});
}
