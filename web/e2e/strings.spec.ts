import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "@playwright/test";
import ts from "typescript";

// What a person reads stands in the module words.ts of its room, so that a
// translation can follow. Dates and numbers are formatted in one place.

const source = join(import.meta.dirname, "../src");
const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((file) => /\.tsx?$/.test(file) && !/\.d\.ts$/.test(file));

/** Attributes and properties with text that a person reads. */
const shown = /^(aria-label|aria-description|aria-roledescription|title|label|placeholder|alt|heading|detail|says|message|what|summary|empty|hint)$/;
/** Attributes, properties and functions with text that a program reads. */
const technical =
  /^(class|className|classes|style|href|src|type|id|name|role|look|tone|kind|keys?|group|value|d|viewBox|accept|rel|target|dir|form|on|path|to|queryKey|credentials|loading|decoding|autoComplete|enterKeyHint|inputMode|htmlFor|import|querySelector(All)?|closest|matches|getElementById|createElement|(get|set)Attribute|(add|remove)EventListener|matchMedia|useMedia|startsWith|endsWith|includes|split|join|replace(All)?|(get|set|remove)Item|get|set|has|append|test|indexOf|open|namedItem|data-.*|aria-(?!label|description).*)$/;
/** Words in a sentence, a capital, an end: what looks like English where nothing else tells. */
const sentence = /\p{L}+[,:;]?\s+\p{Ll}|^\s*\p{Lu}\p{Ll}+[\p{L}’]*[….?!:]?\s*$|\p{Ll}{2}[.?!…]\s*$|0 \p{Ll}{2}/u;
/** Names of things are not translated; neither are keys, headers and the names of errors. */
const names = /^(Daybook|OpenAI|Anthropic|Gemini|Ollama|OpenRouter|Groq|openrouter|auto|\w+Error|MediaRecorder|(Mod|Ctrl|Esc|Enter|Escape|Space|Tab|Home|End|Page\w+|Arrow\w+)([ +].*)?|If-Match|Content-Type|Pasted image .*)$/;

type Text = ts.JsxText | ts.StringLiteral | ts.NoSubstitutionTemplateLiteral | ts.TemplateExpression;
const isText = (node: ts.Node): node is Text => ts.isJsxText(node) || ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node) || ts.isTemplateExpression(node);
/** wordsOf is a text, with 0 where a value goes in. */
const wordsOf = (node: Text) => (ts.isTemplateExpression(node) ? node.head.text + node.templateSpans.map((span) => `0${span.literal.text}`).join("") : node.text);

const inCode = (node: ts.Node): boolean =>
  node.parent && ((ts.isJsxElement(node.parent) && /^(code|kbd|pre)$/.test(node.parent.openingElement.tagName.getText())) || inCode(node.parent));

type Reader = "person" | "program" | "unknown";
const reads = (name: string): Reader => (shown.test(name) ? "person" : technical.test(name) ? "program" : "unknown");

/** readerOf follows a value to where it goes, and says who reads it there. */
function readerOf(node: ts.Node): Reader {
  const at = node.parent;
  if (ts.isJsxExpression(at) && !ts.isJsxAttribute(at.parent)) return inCode(at) ? "program" : "person";
  if (ts.isJsxExpression(at)) return readerOf(at);
  if (ts.isJsxAttribute(at)) return at.name.getText() === "name" && /^[A-Z]/.test(at.parent.parent.tagName.getText()) ? "person" : reads(at.name.getText());
  if (ts.isConditionalExpression(at)) return at.condition === node ? "program" : readerOf(at);
  if (ts.isBinaryExpression(at)) return /^[!=]==?$/.test(at.operatorToken.getText()) ? "program" : at.operatorToken.getText() === "=" ? "unknown" : readerOf(at);
  if (ts.isPropertyAssignment(at)) {
    const reader = at.name === node ? "program" : reads(at.name.getText());
    return reader !== "unknown" ? reader : inStyle(at) ? "program" : "unknown";
  }
  if (ts.isCallExpression(at) && at.expression.getText() === "many" && at.arguments[0] !== node) return "person";
  if (ts.isCallExpression(at)) return reads(ts.isPropertyAccessExpression(at.expression) ? at.expression.name.text : at.expression.getText()) === "program" ? "program" : "unknown";
  if (ts.isNewExpression(at)) return at.expression.getText() === "ApiError" ? "unknown" : "program";
  if (ts.isElementAccessExpression(at) || ts.isCaseClause(at) || ts.isLiteralTypeNode(at) || ts.isImportDeclaration(at) || ts.isExportDeclaration(at)) return "program";
  return ts.isParenthesizedExpression(at) || ts.isAsExpression(at) || ts.isArrayLiteralExpression(at) || ts.isTemplateSpan(at) || ts.isTemplateExpression(at) ? readerOf(at) : "unknown";
}

const inStyle = (node: ts.Node): boolean => node.parent && ((ts.isJsxAttribute(node.parent) && node.parent.name.getText() === "style") || inStyle(node.parent));

/** isInline reports whether a text that a person reads stands in the code. */
function isInline(node: Text): boolean {
  const text = wordsOf(node).trim();
  if (!/\p{L}{2}/u.test(text) || names.test(text)) return false;
  if (ts.isJsxText(node)) return !inCode(node);
  // Addresses, units and paths of drawings.
  if (!/\p{Ll}/u.test(text) || /^0px( 0)*$|^0h0v|^M0 0/.test(text) || (!/\s/.test(text) && /[/:=_~#]|^sk-|^\W*0?\w*px\W*$/.test(text))) return false;
  const reader = readerOf(node);
  return reader === "person" || (reader === "unknown" && sentence.test(wordsOf(node)));
}

/** inlineIn lists the texts in a file that a person reads. */
function inlineIn(name: string, code: string): string[] {
  const file = ts.createSourceFile(name, code, ts.ScriptTarget.Latest, true, name.endsWith("x") ? ts.ScriptKind.TSX : ts.ScriptKind.TS);
  const found: string[] = [];
  const visit = (node: ts.Node) => {
    if (isText(node) && isInline(node)) found.push(`${name}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1} ${wordsOf(node).replace(/\s+/g, " ").trim()}`);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

test("English in the code is found, and code is not taken for English", () => {
  const page = (inside: string) => inlineIn("x.tsx", `const x = ${inside};`).map((line) => line.slice(line.indexOf(" ") + 1));
  for (const [code, text] of [
    ["<p>Not saved yet</p>", "Not saved yet"],
    ["<p>{n} notes</p>", "notes"],
    ["<p>{done ? <b /> : 'reading'}</p>", "reading"],
    ["<Button label='close' />", "close"],
    ["<button aria-label={`Day of ${name}`} />", "Day of 0"],
    ["toast('Note deleted', { detail: why })", "Note deleted"],
    ["{ failed: 'The analysis failed.' }", "The analysis failed."],
    ["many(n, 'page')", "page"],
    ["<Line name='Cost' />", "Cost"],
    ["new ApiError(0, 'It cannot be reached.')", "It cannot be reached."],
    ["{ keys: 'f', label: 'Choose files' }", "Choose files"],
  ] as const)
    expect(page(code), code).toEqual([text]);
  for (const code of [
    "<p className='hint small' role='note' />",
    "<p className={classes('chip', tone && 'is warm')} />",
    "<code>daybook token</code>",
    "<kbd>Esc</kbd>",
    "{ keys: 'Mod+Enter', run: go }",
    "make('section', { class: 'home-card home-today' })",
    "event.key === 'ArrowDown' ? 1 : 0",
    "document.querySelector('.room h1')",
    "<div style={{ height: `${h}px`, transform: `translateY(${y}px)` }} />",
    "fetch('/ingest', { headers: { 'If-Match': tag } })",
    "new Error('no storage here')",
    "<a href={`/app/journal/${day}`}>{words.open}</a>",
    "<input name='query' autoComplete='current password' />",
  ])
    expect(page(code), code).toEqual([]);
});

test("what a person reads stands in the words of its room", () => {
  expect(files.filter((file) => /^rooms\/\w+\/index\.tsx$/.test(file)).length).toBeGreaterThan(8);
  expect(files.filter((file) => !file.endsWith("words.ts")).flatMap((file) => inlineIn(file, readFileSync(join(source, file), "utf8")))).toEqual([]);
});

test("no room keeps words that it does not show", () => {
  for (const file of files.filter((file) => file.endsWith("words.ts"))) {
    const beside = files.filter((other) => dirname(other) === dirname(file)).map((other) => readFileSync(join(source, other), "utf8")).join("\n");
    const words = /export const words = \{[^]*?\n\} as const;/.exec(readFileSync(join(source, file), "utf8"))?.[0] ?? "";
    const keys = [...words.matchAll(/^ {2,4}(\w+): /gm)].map(([, key]) => key!);
    expect(keys.length, file).toBeGreaterThan(0);
    expect(keys.filter((key) => !new RegExp(`\\.${key}\\b`).test(beside)), file).toEqual([]);
  }
});

test("dates and numbers are formatted by lib/dates and lib/amounts alone", () => {
  const allowed = ["lib/dates.ts", "lib/amounts.ts", "lib/parseday.ts"];
  expect(files.filter((file) => !allowed.includes(file) && /toLocale\w*String|\bIntl\.|navigator\.language/.test(readFileSync(join(source, file), "utf8")))).toEqual([]);
});
