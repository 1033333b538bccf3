import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { accessible, expect, noSideways, shoot, test } from "./test";

test("status says what is indexed, which models answer, and where the journal is", async ({ page, daybook, fake }) => {
  await page.goto("/app/status");
  const read = page.getByRole("region", { name: "Index" });
  await expect(read).toContainText(/notes\s*\d+/);
  await expect(read).toContainText("Up to date");
  const models = page.getByRole("region", { name: "Models" });
  await expect(models.getByRole("listitem").filter({ hasText: "openai" })).toContainText("Available");
  await expect(models).toContainText("m-1");
  await expect(models, "nothing is known of what is spent").not.toContainText("Spent");
  await expect(page.getByRole("region", { name: "Journal", exact: true })).toContainText("Demo journal");
  await expect(page.getByRole("region", { name: "Journal", exact: true })).toContainText("no_token");
  await expect(page.getByRole("link", { name: "Open your own journal" }), "needs a session").toHaveCount(0);
  await expect(page.getByText("Not required")).toBeVisible();
  await expect(page.getByRole("link", { name: /API/ })).toHaveAttribute("href", "/docs");
  expect(await page.content(), "keys are shown nowhere").not.toContain(fake.key);
  await page.getByRole("radio", { name: "Dark" }).check();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.getByRole("radio", { name: "System" }).check();
  await accessible(page);
  await shoot(page, "status");
  await page.setViewportSize({ width: 360, height: 740 });
  await noSideways(page);
  expect((await page.request.get(`${daybook.url}/docs`)).ok()).toBe(true);
});

test.describe("a journal of one's own", () => {
  test.use({ options: { ownDemo: true, env: { DAYBOOK_MODEL_TRANSCRIPTION: "openai/m-1" } } });
  test("what comes and what fails is shown as it happens, and tried again", async ({ page, daybook, fake }) => {
    await fake.rules([{ images: true, status: 400 }]);
    await page.goto("/app/status");
    const read = page.getByRole("region", { name: "Index" });
    await expect(read).toContainText("Up to date");
    await expect(page.getByRole("region", { name: "Journal", exact: true })).toContainText(daybook.journal);
    await expect(page.getByRole("region", { name: "Journal", exact: true }).getByRole("link")).toHaveCount(0);
    const before = Number((await read.locator("dd").first().textContent())?.replace(/\D/g, ""));
    mkdirSync(join(daybook.journal, "2025"), { recursive: true });
    writeFileSync(join(daybook.journal, "2025/01-02-2025.md"), "A new year, and the harbour was frozen over.\n");
    await expect(read.locator("dd").first()).toHaveText(String(before + 1), { timeout: 20_000 });
    const broken = join(daybook.journal, "2025/01-04-2025.md");
    writeFileSync(broken, Buffer.from([0x41, 0xff, 0xfe, 0x42]));
    await expect(read).toContainText("2025/01-04-2025.md", { timeout: 20_000 });
    await expect(read).toContainText("not UTF-8");
    await expect(read).toContainText("1 note has a problem");
    copyFileSync(join(import.meta.dirname, "../public/icons/192.png"), join(daybook.journal, "2025/01-03-2025.png"));
    await expect(read).toContainText("2025/01-03-2025.png", { timeout: 30_000 });
    await expect(read.getByText("Failed", { exact: true })).toHaveCount(1, { timeout: 30_000 });
    await accessible(page);
    await shoot(page, "status-failed");
    writeFileSync(broken, "The ice is gone.\n");
    await expect(read.getByText("2025/01-04-2025.md")).toBeHidden({ timeout: 20_000 });
    await fake.rules([{ images: true, text: "The harbour is open again." }]);
    await read.getByRole("button", { name: "Try again" }).click();
    await expect(read.getByText("2025/01-03-2025.png")).toBeHidden({ timeout: 30_000 });
  });
});

test.describe("with a token", () => {
  const token = "a-token-of-enough-characters";
  test.use({ options: { token } });
  test("one logs out, and the journal is locked", async ({ page }) => {
    await page.goto("/app/status");
    await page.getByRole("textbox", { name: "Token" }).or(page.getByLabel("Token")).first().fill(token);
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Status" })).toBeVisible();
    await expect(page.getByRole("region", { name: "Index" })).toContainText("notes");
    expect(await page.content()).not.toContain(token);
    await expect(page.getByRole("link", { name: "Open your own journal" })).toHaveAttribute("href", "/app/setup");
    await accessible(page);
    await page.getByRole("button", { name: "Sign out" }).click();
    await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
    expect((await page.request.get("/ingest")).status()).toBe(401);
    await page.reload();
    await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  });
});
