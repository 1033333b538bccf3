import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import react from "@vitejs/plugin-react";
import { build, defineConfig, type Plugin } from "vite";
import { words } from "./src/rooms/home/words";

const server = process.env.DAYBOOK_URL ?? "http://127.0.0.1:8000";

/** earlyScript is src/early.ts in one piece, as a script that is no module. */
async function earlyScript(): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: "warn",
    publicDir: false,
    build: { write: false, target: "es2022", modulePreload: false, rolldownOptions: { input: "src/early.ts", output: { format: "iife" } } },
  });
  const [chunk] = "output" in built ? built.output : [];
  if (chunk?.type !== "chunk") throw new Error("src/early.ts was not built");
  return chunk.code;
}

// shell writes the service worker with the list of what the shell is made of,
// and completes the page: the script that runs before the first paint, as there
// are no inline scripts, and starts the program; the fonts of the first words;
// Home's title.
function shell(): Plugin {
  let early = "";
  return {
    name: "daybook-shell",
    apply: "build",
    async buildStart() {
      early = this.getFileName(this.emitFile({ type: "asset", name: "early.js", source: await earlyScript() }));
    },
    transformIndexHtml: {
      order: "post",
      handler(html, { bundle = {} }) {
        const chunk = (name: string) => Object.values(bundle).find((file) => file.type === "chunk" && file.name === name)?.fileName;
        const fonts = Object.keys(bundle).filter((name) => /(literata|figtree)-latin-wght-normal.*\.woff2$/.test(name));
        return {
          html: html.replace("%greeting%", words.title).replace(/<script type="module" crossorigin src="([^"]+)"><\/script>/, '<link id="program" rel="modulepreload" crossorigin href="$1" data-text="/' + chunk("text") + '" data-notes="/' + chunk("notes") + '">'),
          tags: [
            { tag: "script", attrs: { src: `/${early}` }, injectTo: "head-prepend" },
            ...fonts.map((name) => ({ tag: "link", attrs: { rel: "preload", as: "font", type: "font/woff2", href: `/${name}`, crossorigin: true }, injectTo: "head" as const })),
          ],
        };
      },
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
          .replace('["__FILES__"]', JSON.stringify(files));
        this.emitFile({ type: "asset", fileName: "sw.js", source });
      },
    },
    // The server sends the .br file of an asset to browsers that accept it.
    writeBundle({ dir = "dist" }, bundle) {
      for (const name of Object.keys(bundle).filter((file) => /\.(js|css|html|svg)$/.test(file))) {
        const data = readFileSync(join(dir, name));
        writeFileSync(join(dir, `${name}.br`), brotliCompressSync(data, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: data.length } }));
      }
    },
  };
}

/** What renders Markdown: large, and only needed once there is a text. */
const ofMarkdown = /node_modules\/(react-markdown|micromark|mdast|hast|unist|remark|rehype|unified|vfile|property-information|decode-named|character-|comma-sep|space-sep|trim-lines|trough|bail|devlop|longest-streak|markdown-table|ccount|escape-string|html-url|html-void|style-to|inline-style|estree|zwitch|extend|stringify-entities|is-plain-obj)/;

/**
 * chunkOf puts a module into one of few chunks, as a request costs more than
 * some KB that are needed later: "app" is the frame and Ask, "text" shows
 * Markdown, and the others are rooms that are used together.
 */
function chunkOf(id: string): string | null {
  if (/rolldown\/runtime/.test(id)) return "app";
  if (ofMarkdown.test(id) || /src\/(ui\/(Markdown|EntryText|PageImage|NoteView|Attachment|WikiLink)|lib\/(markdown|orgblocks|blocks|ahead|pictures)\.|styles\/prose|rooms\/ask\/(Conversation|AnswerView|Passage|Sources|Trace|quotes))/.test(id)) return "text";
  if (/node_modules\/(diff|node-diff3|@tanstack\/(react-)?virtual(-core)?)\/|src\/(lib\/(merge|together)\.|rooms\/(journal|write|add|notebook|threads)\/|ui\/(History|Conflict|Bygone|Replaced|WritingArea|remove|history\.css|conflict\.css|writing\.css))/.test(id)) return "notes";
  if (/node_modules\/uplot|src\/rooms\/years\//.test(id)) return "years";
  if (/src\/ui\/(Dialog|ThreadMenu|Lightbox)\.|src\/rooms\/ask\/(ThreadTools|RecentSheet)|@floating-ui|reselect|tabbable/.test(id)) return "overlay";
  if (/@base-ui/.test(id) && !/react\/toast\/|csp-context|csp-provider|utils\/generateId/.test(id)) return "overlay";
  if (/src\/rooms\/(status|setup|settings)\/|node_modules\/uqr\/|src\/app\/(KeysHelp|Palette|palette|Login|login)/.test(id)) return "more";
  if (/src\/ui\/(LeaveDialog|ToastList)|base-ui\/react\/toast\/(?!createToastManager|index)/.test(id)) return "more";
  return "app";
}

export default defineConfig({
  plugins: [react(), shell()],
  // Scripts and styles find each other from their own address: Daybook may be
  // served below a path. The server writes that path into index.html.
  experimental: { renderBuiltUrl: (name, { hostType }) => (hostType === "html" ? `/${name}` : { relative: true }) },
  build: {
    outDir: "dist",
    emptyOutDir: true,
    assetsInlineLimit: 0, // the page's policy has no data: addresses
    modulePreload: { polyfill: false },
    target: "es2022",
    sourcemap: false,
    rolldownOptions: { output: { codeSplitting: { includeDependenciesRecursively: false, groups: [{ name: chunkOf, debugName: "chunks" }] } } },
    license: { fileName: "assets/licenses.txt" },
  },
  server: {
    // Everything that is not the page's own source is the API's.
    proxy: {
      "^/(?!app(/|$)|src/|node_modules/|@|icons/|index\\.html|manifest|favicon|$).*": { target: server },
    },
  },
});
