import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import rehypeSanitize from "rehype-sanitize";
import remarkParse from "remark-parse";
import remarkRehype from "remark-rehype";
import { unified } from "unified";
import { visit } from "unist-util-visit";
import { answerPlugins, notePlugins, schema } from "../src/lib/markdown";
import { payloads } from "./payloads";
import { expect, test } from "./test";

type Tree = { type: string; tagName?: string; properties?: Record<string, unknown> };

/** wrongs are what in a tree could run, load or lead anywhere that it should not. */
function wrongs(text: string, plugins: typeof notePlugins): string[] {
  const processor = unified().use(remarkParse).use([...plugins]).use(remarkRehype).use(rehypeSanitize, schema);
  const tree = processor.runSync(processor.parse(text));
  const wrong: string[] = [];
  visit(tree as never, "element", (node: Tree) => {
    const name = node.tagName ?? "";
    if (/^(script|style|iframe|object|embed|form|button|svg|math|img|picture|video|audio|link|meta|base|template|textarea|select)$/i.test(name)) wrong.push(`<${name}>`);
    for (const [key, value] of Object.entries(node.properties ?? {})) {
      if (/^on/i.test(key) || /^(style|src|srcSet|srcDoc|action|formAction)$/i.test(key)) wrong.push(`${name} ${key}`);
      if (key === "href" && !/^(https?:|mailto:|#|[^:]*$)/i.test(String(value))) wrong.push(`${name} ${String(value)}`);
    }
  });
  return wrong;
}

test("a hundred payloads are text, wherever a stream is split", () => {
  expect(payloads.length).toBeGreaterThanOrEqual(100);
  for (const payload of payloads) {
    for (let end = 1; end <= payload.length; end++) {
      for (const plugins of [notePlugins, answerPlugins]) {
        expect(wrongs(payload.slice(0, end), plugins as typeof notePlugins), payload.slice(0, end)).toEqual([]);
      }
    }
  }
});

/** untouched fails where anything of the payloads ran, or stands in the page as more than text. */
async function untouched(page: Page) {
  const found = await page.evaluate(() => {
    const bad: string[] = [];
    for (const e of document.querySelectorAll("*")) {
      for (const { name, value } of e.attributes) if (/^on/i.test(name) || (/^(href|src|action)$/.test(name) && /^\s*(javascript|vbscript|data):/i.test(value))) bad.push(`${e.tagName} ${name}=${value}`);
      if (/^(IFRAME|OBJECT|EMBED|BASE)$/.test(e.tagName)) bad.push(e.tagName);
    }
    return { bad, pwned: (window as unknown as { pwned?: number }).pwned };
  });
  expect(found).toEqual({ bad: [], pwned: undefined });
}

test("payloads streamed by a model run nothing and ask nobody", async ({ page, fake }) => {
  test.setTimeout(240_000);
  page.on("dialog", () => expect("a dialog was opened").toBe(""));
  await page.goto("/app/ask");
  await page.getByRole("button", { name: /Model:/ }).click();
  await page.getByRole("menuitemradio", { name: "m-1", exact: true }).click();
  // Each payload is a paragraph; it comes character by character.
  for (let at = 0; at < payloads.length; at += 26) {
    await fake.rules([{ wants: "response", text: payloads.slice(at, at + 26).join("\n\nAnd then:\n\n"), size: 1, every: 3 }]);
    await page.getByRole("textbox", { name: "Your question" }).fill(`Round ${at}`);
    await page.keyboard.press("Enter");
    const answer = page.getByRole("article", { name: "Answer" }).last();
    await expect(page.getByRole("heading", { level: 2, name: `Round ${at}`, exact: true })).toBeVisible();
    await expect(answer).toHaveAttribute("aria-busy", "true");
    while ((await answer.getAttribute("aria-busy")) === "true") {
      await untouched(page);
      await page.waitForTimeout(150);
    }
    await expect(answer.getByRole("alert")).toBeHidden();
    await untouched(page);
  }
  // And as they are kept.
  await page.reload();
  await expect(page.getByRole("article", { name: "Answer" }).last()).toBeVisible();
  await page.waitForTimeout(500);
  await untouched(page);
});

test.describe("payloads of a journal", () => {
  test.use({
    options: {
      journal: (folder: string) => {
        mkdirSync(join(folder, "../evergreen"));
        payloads.forEach((payload, i) => {
          const day = new Date(Date.UTC(2024, 0, 1 + i)).toISOString();
          writeFileSync(join(folder, `${day.slice(5, 7)}-${day.slice(8, 10)}-${day.slice(0, 4)}.md`), `The lamp, of day ${i}:\n\n${payload}\n\n#lamp #${payload.replace(/\s/g, "").slice(0, 40)}\n`);
          const name = payload.replace(/[/\0\n]/g, "∕").slice(0, 80);
          writeFileSync(join(folder, "../evergreen", `${name} ${i}.md`), `About the harbour, ${i}: ${payload}\n`);
        });
      },
      evergreen: true,
    },
  });

  test("run nothing in any room", async ({ page, daybook, fake }) => {
    test.setTimeout(240_000);
    void fake;
    page.on("dialog", () => expect("a dialog was opened").toBe(""));
    for (const payload of payloads.slice(0, 60)) await fetch(`${daybook.url}/threads`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ title: payload.slice(0, 500), initial_message: payload }) });
    await page.goto("/app/threads");
    await expect(page.locator(".thread").first()).toBeVisible();
    await untouched(page);
    await page.locator(".thread-title").first().click();
    await expect(page.locator(".asked")).toBeVisible();
    await untouched(page);
    await page.goto("/app/ask");
    for (const question of ["When was the lamp mentioned?", "What of the harbour?"]) {
      await page.goto("/app/ask");
      await page.getByRole("textbox", { name: "Your question" }).fill(question);
      await page.keyboard.press("Enter");
      const answer = page.getByRole("article", { name: "Answer" });
      await expect(answer).toHaveAttribute("aria-busy", "false");
      await untouched(page);
      await answer.getByRole("button", { name: /^Source/ }).first().click();
      await expect(page.locator("mark.passage").first()).toBeVisible();
      await untouched(page);
    }
    for (let i = 0; i < payloads.length; i += 3) {
      const day = new Date(Date.UTC(2024, 0, 1 + i)).toISOString().slice(0, 10);
      await page.goto(`/app/journal/${day}`);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      await page.waitForTimeout(80);
      await untouched(page);
    }
    for (const path of ["/app/search?q=lamp", "/app/search?q=harbour", "/app/journal", "/app/years", "/app/status", "/app/add"]) {
      await page.goto(path);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      await page.waitForTimeout(500);
      await untouched(page);
    }
  });
});

test("a link asks before it leaves, and pictures are not fetched", async ({ page, fake, context }) => {
  await fake.rules([{ wants: "response", text: "See [the pier](https://example.org/pier?q=1) and ![a picture](https://example.org/x.png)." }]);
  await page.goto("/app/ask");
  await page.getByRole("button", { name: /Model:/ }).click();
  await page.getByRole("menuitemradio", { name: "m-1", exact: true }).click();
  await page.getByRole("textbox", { name: "Your question" }).fill("Where?");
  await page.keyboard.press("Enter");
  const link = page.getByRole("link", { name: "the pier" });
  for (const button of ["left", "middle"] as const) {
    await link.click({ button });
    const dialog = page.getByRole("dialog", { name: "Leave Daybook?" });
    await expect(dialog).toContainText("https://example.org/pier?q=1");
    await dialog.getByRole("button", { name: "Stay" }).click();
    await expect(dialog).toBeHidden();
  }
  expect(context.pages().length).toBe(1);
  await expect(page.getByText("a picture", { exact: true })).toBeVisible();
});

test("nothing inline is allowed, nor any other origin", async ({ page }) => {
  const answer = await page.goto("/app/ask");
  const policy = answer?.headers()["content-security-policy"] ?? "";
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe|http:|https:|data:|\*/);
  expect(await answer?.text()).not.toMatch(/<script(?![^>]* src=)|<style|style="/);
});
