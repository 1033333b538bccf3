import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const server = process.env.DAYBOOK_URL ?? "http://127.0.0.1:8000";

// shell writes the service worker with the list of what the shell is made of,
// and puts the script that sets the theme before the first paint into the
// page's head: a page without inline scripts cannot do it otherwise.
function shell(): Plugin {
  let theme = "";
  return {
    name: "daybook-shell",
    apply: "build",
    buildStart() {
      const source = readFileSync("src/theme-early.js", "utf8");
      theme = this.getFileName(this.emitFile({ type: "asset", name: "theme.js", source }));
    },
    transformIndexHtml: {
      order: "post",
      handler: () => [{ tag: "script", attrs: { src: `/${theme}` }, injectTo: "head-prepend" }],
    },
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        const files = Object.keys(bundle).filter((name) => name.startsWith("assets/") && !/\.(map|txt)$/.test(name));
        const page = bundle["index.html"];
        const html = page?.type === "asset" ? String(page.source) : "";
        const version = createHash("sha256").update(files.sort().join("\n") + html).digest("hex").slice(0, 12);
        const source = readFileSync("src/sw.js", "utf8")
          .replace('"__VERSION__"', JSON.stringify(version))
          .replace('["__FILES__"]', JSON.stringify(files.map((name) => `/${name}`)));
        this.emitFile({ type: "asset", fileName: "sw.js", source });
      },
    },
  };
}

export default defineConfig({
  plugins: [react(), shell()],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    assetsInlineLimit: 0, // the page's policy has no data: addresses
    modulePreload: { polyfill: false },
    target: "es2022",
    sourcemap: false,
    license: { fileName: "assets/licenses.txt" },
  },
  server: {
    // Everything that is not the page's own source is the API's.
    proxy: {
      "^/(?!app(/|$)|src/|node_modules/|@|icons/|index\\.html|manifest|favicon|$).*": { target: server },
    },
  },
});
