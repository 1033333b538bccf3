import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo } from "node:net";
import { join } from "node:path";
import { root } from "./daybook";
import { accessible, expect, shoot, test } from "./test";

const token = "a-token-of-a-diary-1234";

test.describe("a token", () => {
  test.use({ options: { token } });

  test("is asked for once, and kept where no script sees it", async ({ page, context, daybook }) => {
    await page.goto("/app/threads");
    const field = page.getByLabel("Token");
    await expect(field).toBeFocused();
    await accessible(page);
    await shoot(page, "login");
    await field.fill("not the token at all");
    await page.keyboard.press("Enter");
    await expect(page.getByRole("alert")).toBeVisible();
    await field.fill(token);
    await page.keyboard.press("Enter");
    await expect(page.getByRole("heading", { level: 1, name: "Threads" })).toBeVisible();
    const cookie = (await context.cookies()).find((c) => c.name === "daybook_session");
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Strict", path: "/" });
    expect(await page.evaluate(() => document.cookie)).toBe("");
    expect(JSON.stringify(await page.evaluate(() => ({ ...localStorage, ...sessionStorage })))).not.toContain(token);
    await page.reload();
    await expect(page.getByRole("heading", { level: 1, name: "Threads" })).toBeVisible();
    await daybook.halt();
    await daybook.run();
    await page.reload();
    await expect(page.getByRole("heading", { level: 1, name: "Threads" })).toBeVisible();
  });

  test("is asked for again when the session has ended, and open streams end with it", async ({ page, context, fake }) => {
    await fake.rules([{ wants: "response", text: "It goes on and on and on and on.", every: 300, silent: 6 }]);
    await page.goto("/");
    await page.getByLabel("Token").fill(token);
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: /Model:/ }).click();
    await page.getByRole("menuitemradio", { name: "m-1", exact: true }).click();
    await page.getByRole("textbox", { name: "Your question" }).fill("Go on");
    await page.keyboard.press("Enter");
    await expect(page.getByRole("article", { name: "Answer" })).toContainText("It goes");
    // In another tab of the same browser.
    const other = await context.newPage();
    await other.goto("/app/threads");
    await other.evaluate(() => fetch("/logout", { method: "POST" }));
    await expect(page.getByLabel("Token")).toBeVisible({ timeout: 20_000 });
    await expect(page.getByRole("article")).toBeHidden();
  });
});

test.describe("a sign-in link", () => {
  test.use({ options: { generatedToken: true } });

  test("signs in, and leaves the token nowhere", async ({ page, context, daybook }) => {
    const { token, link } = daybook;
    const seen: string[] = [];
    context.on("request", (request) => seen.push(request.url(), request.headers()["referer"] ?? ""));
    await page.goto(link);
    await expect(page.getByRole("textbox", { name: "Your question" })).toBeVisible();
    expect(page.url()).toBe(`${daybook.url}/`);
    expect(seen.filter((url) => url.includes(token) && !url.startsWith(link))).toEqual([]);
    expect((await context.cookies()).find((c) => c.name === "daybook_session")).toMatchObject({ httpOnly: true, sameSite: "Strict" });
    await page.evaluate(() => navigator.serviceWorker.ready);
    const kept = await page.evaluate(async () => {
      const cached = [];
      for (const name of await caches.keys()) for (const request of await (await caches.open(name)).keys()) cached.push(request.url);
      return JSON.stringify([{ ...localStorage, ...sessionStorage }, cached, performance.getEntriesByType("resource").map((entry) => entry.name), document.documentElement.outerHTML]);
    });
    expect(kept).not.toContain(token);
    // Neither back nor a reload brings it back.
    await page.goto("/app/threads");
    await page.goBack();
    expect(page.url()).toBe(`${daybook.url}/`);
    await page.reload();
    await expect(page.getByRole("textbox", { name: "Your question" })).toBeVisible();
    // With the service worker in charge, a link opens as well.
    await page.goto("/app/status");
    await page.getByRole("button", { name: "Sign out" }).click();
    await expect(page.getByLabel("Token")).toBeVisible();
    await page.goto("about:blank");
    await page.goto(link);
    await expect(page.getByRole("textbox", { name: "Your question" })).toBeVisible();
    expect(page.url()).toBe(`${daybook.url}/`);
  });

  test("is opened where the page asks for the token already", async ({ page, daybook }) => {
    await page.setViewportSize({ width: 360, height: 740 });
    await page.goto("/");
    await expect(page.getByLabel("Token")).toBeVisible();
    await expect(page.getByText("daybook token")).toBeVisible();
    await page.goto(daybook.link); // which changes the fragment alone
    await expect(page.getByRole("textbox", { name: "Your question" })).toBeVisible();
    expect(page.url()).toBe(`${daybook.url}/`);
  });

  test("that is old says so, and leaves the form", async ({ page, daybook }) => {
    await page.setViewportSize({ width: 360, height: 740 });
    await page.goto(`/#token=${"0123456789abcdef".repeat(4)}`);
    await expect(page.getByRole("alert")).toContainText("This sign-in link has expired");
    expect(page.url()).toBe(`${daybook.url}/`);
    await accessible(page);
    await shoot(page, "login-old-link");
    await page.getByLabel("Token").fill(daybook.token);
    await page.keyboard.press("Enter");
    await expect(page.getByRole("textbox", { name: "Your question" })).toBeVisible();
  });

  test("leads from another page to the app, which no page can use or frame", async ({ page, context, daybook, expected }) => {
    expected.push("foreign:", "console:");
    const other = createServer((_, answer) => {
      answer.setHeader("Content-Type", "text/html");
      answer.end(`<a href="${daybook.url}/app/threads">Threads</a><iframe src="${daybook.url}/app/threads"></iframe><img src="${daybook.url}/search?q=sea">`);
    });
    await new Promise<void>((done) => other.listen(0, "127.0.0.1", done));
    const elsewhere = `http://127.0.0.1:${(other.address() as AddressInfo).port}/`;
    try {
      await page.goto(daybook.link);
      await expect(page.getByRole("textbox", { name: "Your question" })).toBeVisible();
      await page.evaluate(() => navigator.serviceWorker.ready);
      const refused: string[] = [];
      context.on("requestfailed", (request) => refused.push(new URL(request.url()).pathname));
      await page.goto(elsewhere);
      expect(refused).toContain("/search");
      const tried = await page.evaluate(async (url) => {
        const tries = [
          fetch(`${url}/threads`, { credentials: "include" }),
          fetch(`${url}/threads`, { method: "POST", body: "{}", headers: { "Content-Type": "application/json" }, credentials: "include" }),
          fetch(`${url}/search?q=sea`, { mode: "no-cors", credentials: "include" }),
        ];
        return (await Promise.allSettled(tries)).map((t) => t.status);
      }, daybook.url);
      expect(tried).toEqual(["rejected", "rejected", "rejected"]);
      await page.getByRole("link", { name: "Threads" }).click();
      await expect(page.getByRole("heading", { level: 1, name: "Threads" })).toBeVisible();
    } finally {
      other.close();
    }
  });
});

test.describe("the first run", () => {
  test.use({ firstRun: true, options: { generatedToken: true } });
  test.beforeEach(async ({ page, daybook }) => {
    await page.goto(daybook.link);
    await expect(page.getByRole("heading", { name: "Where is your journal?" })).toBeVisible();
  });

  test("leads to a folder, looked at as one types, and applied without a restart", async ({ page, daybook }) => {
    const vault = join(daybook.folder, "My Vault");
    cpSync(join(root, "internal/demo/notes/journal/2024"), vault, { recursive: true });
    await page.goto("/");
    await expect(page.getByRole("heading", { name: "Where is your journal?" })).toBeVisible();
    await accessible(page);
    await shoot(page, "first-run");
    const path = page.getByLabel("The journal’s folder");
    const found = page.locator("#journal-found");
    await path.fill(join(daybook.folder, "nowhere"));
    await expect(found).not.toContainText("Checking");
    await expect(page.getByRole("button", { name: "Open this journal" })).toBeDisabled();
    await path.fill(vault);
    await expect(found).toContainText(/\d+ notes, from \d+ \w+ 2024 to \d+ \w+ 2024/);
    await shoot(page, "first-run-found");
    await page.getByRole("button", { name: "Open this journal" }).click();
    await expect(page.getByRole("button", { name: "Start", exact: true })).toBeVisible();
    await shoot(page, "first-run-reading");
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await expect(page.getByRole("textbox", { name: "Your question" })).toBeVisible();
    const session = (await (await page.request.get("/session")).json()) as { demo: boolean };
    expect(session.demo).toBe(false);
    await page.getByRole("textbox", { name: "Your question" }).fill("When was I in the sea?");
    await page.keyboard.press("Enter");
    await expect(page.getByRole("article", { name: "Answer" })).toContainText("2024");
    await expect(page.getByRole("article", { name: "Answer" })).not.toContainText("2023:");
    expect(readFileSync(join(daybook.folder, "config/daybook/config.toml"), "utf8")).toContain("My Vault");
  });

  test("other date formats are seen and used", async ({ page, daybook }) => {
    const vault = join(daybook.folder, "iso");
    mkdirSync(vault);
    for (const day of ["2024-05-01", "2024-05-02", "2024-05-13"]) writeFileSync(join(vault, `${day}.md`), `The lamp was lit on ${day}.\n`);
    await page.goto("/");
    await page.getByLabel("The journal’s folder").fill(vault);
    await expect(page.locator("#journal-found")).toContainText("3 notes");
    await page.getByRole("button", { name: "Open this journal" }).click();
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await page.getByRole("textbox", { name: "Your question" }).fill("When was the lamp lit?");
    await page.keyboard.press("Enter");
    await expect(page.getByRole("article", { name: "Answer" })).toContainText("13 May 2024");
  });

  test("or to the demo, and is not asked again", async ({ page }) => {
    await page.goto("/");
    await page.getByRole("button", { name: "Open the demo journal" }).click();
    await expect(page.getByRole("textbox", { name: "Your question" })).toBeVisible();
    await page.goto("/");
    await expect(page.getByRole("textbox", { name: "Your question" })).toBeVisible();
    await page.getByRole("link", { name: "Open your own" }).click();
    await expect(page.getByRole("heading", { name: "Where is your journal?" })).toBeVisible();
  });
});
