// Renders notes as the page does and prints what a person reads of each.
//
//   node scripts/text.mjs < texts.json > read.json
//
// Both are lists of strings, of the same length: the texts of entries as the
// API gives them, and the words that the page shows, without marks. Go tests
// call it: see internal/ingest/page_test.go.
import { text as whole } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { createServer } from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));
const vite = await createServer({ root, configFile: false, logLevel: "error", appType: "custom", server: { middlewareMode: true, hmr: false, ws: false }, optimizeDeps: { noDiscovery: true } });
try {
  const { createElement } = await import("react");
  const { renderToStaticMarkup } = await import("react-dom/server");
  const { QueryClient, QueryClientProvider } = await vite.ssrLoadModule("@tanstack/react-query");
  const { Router } = await vite.ssrLoadModule("wouter");
  const { EntryText } = await vite.ssrLoadModule("/src/ui/EntryText.tsx");
  const client = new QueryClient();
  const read = (text) => readable(renderToStaticMarkup(createElement(Router, { ssrPath: "/app" }, createElement(QueryClientProvider, { client }, createElement(EntryText, { text, id: "note" })))));
  const texts = JSON.parse(await whole(process.stdin));
  process.stdout.write(JSON.stringify(texts.map(read)));
} finally {
  await vite.close();
}

/** readable is the text of HTML that React wrote. Blocks end a word, other elements do not. */
function readable(html) {
  const named = { amp: "&", lt: "<", gt: ">", quot: '"' };
  return html
    .replace(/<\/?(?:p|div|li|ul|ol|h[1-6]|blockquote|td|th|tr|table|pre|br|hr|section|figure|button)\b[^>]*>/g, " ")
    .replace(/<[^>]*>/g, "")
    .replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (all, hex, decimal, name) => (hex ? String.fromCodePoint(parseInt(hex, 16)) : decimal ? String.fromCodePoint(Number(decimal)) : (named[name] ?? all)));
}
