import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
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
    await page.getByRole("button", { name: /Who answers/ }).click();
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

test.describe("the first run", () => {
  test.use({ firstRun: true });

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
    await expect(found).not.toContainText("Looking");
    await expect(page.getByRole("button", { name: "Open this journal" })).toBeDisabled();
    await path.fill(vault);
    await expect(found).toContainText(/\d+ notes, from \d+ \w+ 2024 to \d+ \w+ 2024/);
    await shoot(page, "first-run-found");
    await page.getByRole("button", { name: "Open this journal" }).click();
    await expect(page.getByRole("button", { name: "Begin", exact: true })).toBeVisible();
    await shoot(page, "first-run-reading");
    await page.getByRole("button", { name: "Begin", exact: true }).click();
    await expect(page.getByRole("textbox", { name: "Your question" })).toBeVisible();
    const session = (await (await fetch(`${daybook.url}/session`)).json()) as { demo: boolean };
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
    await page.getByRole("button", { name: "Begin", exact: true }).click();
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
