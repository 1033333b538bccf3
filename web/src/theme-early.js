// Sets the chosen theme before anything is painted; see lib/theme.ts.
try {
  const base = new URL("..", document.currentScript.src).pathname.slice(0, -1);
  const theme = localStorage.getItem(`daybook${base}.theme`);
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be forbidden; the system's theme is used then.
}
