import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { out } from "./daybook";
import { drawn, paper, pdf, png, sample, tiff } from "./scans";
import { accessible, expect, noSideways, shoot, test } from "./test";

test.use({ options: { journal: () => {}, env: { DAYBOOK_MODEL_TRANSCRIPTION: "openai/gpt-4o" } } });
test.beforeEach(({ fake }) => fake.rules([{ images: true, text: "We saw a xylophone in the harbour." }]));

const kinds = ["png", "jpg", "pdf", "heic", "webp", "tif"];

test("a page of every kind goes all the way to being found", async ({ page, daybook }) => {
  test.setTimeout(120_000);
  await page.goto("/app/add");
  const content: Record<string, Buffer> = {
    png: png(300, 424, paper(300, 424, 1)),
    jpg: await drawn(page, "image/jpeg", 2),
    pdf: pdf(200, 283, [paper(200, 283, 3), paper(200, 283, 4)]),
    heic: sample("quarters.heic"),
    webp: await drawn(page, "image/webp", 5),
    tif: tiff(200, 283, paper(200, 283, 6)),
  };
  await page.getByLabel("Pages to add", { exact: true }).setInputFiles(kinds.map((kind, i) => ({ name: `06-0${i + 1}-2024.${kind}`, mimeType: "application/octet-stream", buffer: content[kind]! })));
  await expect(page.getByLabel("Day of 06-03-2024.pdf")).toHaveValue("2024-06-03");
  await shoot(page, "add-ready");
  await page.getByRole("button", { name: "Add 6 files to the journal" }).click();
  for (let i = 1; i <= 6; i++) {
    const row = page.getByRole("listitem").filter({ hasText: `06-0${i}-2024` }).first();
    await expect(row.getByRole("link", { name: "Open the day" })).toBeVisible({ timeout: 30_000 });
  }
  await accessible(page);
  await shoot(page, "add-done");
  expect(readdirSync(daybook.journal).filter((name) => !name.endsWith(".md")).sort()).toEqual(kinds.map((kind, i) => `06-0${i + 1}-2024.${kind}`));
  await page.goto("/app/search?q=xylophone");
  await expect(page.locator(".result")).toHaveCount(6);
  await page.goto("/app/journal/2024-06-04");
  await expect(page.getByRole("img", { name: /Page 1 of 4 June 2024/ })).toHaveJSProperty("complete", true);
});

test("a page that waits for its model says so, and goes on by itself", async ({ page, fake }) => {
  await fake.rules([
    { images: true, times: 1, status: 429, after: 10 },
    { images: true, text: "We saw a xylophone in the harbour." },
  ]);
  await page.goto("/app/add");
  await page.getByLabel("Pages to add", { exact: true }).setInputFiles([{ name: "06-04-2024.png", mimeType: "image/png", buffer: png(200, 283, paper(200, 283, 8)) }]);
  await page.getByRole("button", { name: "Add 1 file to the journal" }).click();
  await expect(page.getByText(/The provider asks to wait.* It continues in \d+ seconds?/)).toBeVisible();
  await page.screenshot({ path: join(out, "screenshots", "add-waits.png") });
  await expect(page.getByRole("link", { name: "Open the day" })).toBeVisible({ timeout: 30_000 });
  await expect(page.getByText("The provider asks to wait")).toHaveCount(0);
});

test("a day is set by hand, for one and for all", async ({ page, daybook }) => {
  await page.goto("/app/add?day=2023-02-01");
  const picture = (seed: number) => png(200, 283, paper(200, 283, seed));
  await page.getByLabel("Pages to add", { exact: true }).setInputFiles([
    { name: "IMG_10.png", mimeType: "image/png", buffer: picture(1) },
    { name: "IMG_9.png", mimeType: "image/png", buffer: picture(2) },
  ]);
  await expect(page.getByLabel("Day of IMG_9.png")).toHaveValue("2023-02-01");
  await page.getByLabel("One day for all:").fill("2023-03-01");
  await page.getByLabel("Day of IMG_10.png").fill("2023-03-02");
  await page.getByRole("button", { name: "Add 2 files to the journal" }).click();
  await expect(page.getByRole("link", { name: "Open the day" })).toHaveCount(2, { timeout: 30_000 });
  expect(readdirSync(daybook.journal).sort()).toEqual(["03-01-2023.md", "03-01-2023.png", "03-02-2023.md", "03-02-2023.png"]);
  await page.getByRole("link", { name: "Open the day" }).first().click();
  await expect(page.getByText("We saw a xylophone")).toBeVisible();
});

test("what is refused says why, and is sent again with a day", async ({ page }) => {
  await page.goto("/app/add");
  await page.getByLabel("Pages to add", { exact: true }).setInputFiles([
    { name: "notes.png", mimeType: "image/png", buffer: Buffer.from("<html>this is no picture</html>") },
    { name: "undated.png", mimeType: "image/png", buffer: png(200, 283, paper(200, 283, 7)) },
    { name: "empty.png", mimeType: "image/png", buffer: Buffer.alloc(0) },
  ]);
  await expect(page.getByRole("alert").filter({ hasText: "The file is empty" })).toBeVisible();
  await page.getByRole("button", { name: "Add 2 files to the journal" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "notes.png is not a" })).toBeVisible();
  const undated = page.getByRole("listitem").filter({ hasText: "undated.png" });
  await expect(undated.getByRole("alert")).toContainText("does not say which day");
  await accessible(page);
  await shoot(page, "add-refused");
  await page.setViewportSize({ width: 360, height: 740 });
  await noSideways(page);
  await undated.getByLabel("Day of undated.png").fill("2024-01-05");
  await undated.getByRole("button", { name: "Send again" }).click();
  await expect(page.getByRole("link", { name: "Open the day" })).toBeVisible({ timeout: 30_000 });
  await page.getByRole("button", { name: "Remove notes.png" }).click();
  await expect(page.getByText("notes.png")).toHaveCount(0);
});

test("a page that could not be read is tried again by a button", async ({ page, fake, daybook }) => {
  await fake.rules([{ images: true, status: 401 }]);
  await page.goto("/app/add");
  await page.getByLabel("Pages to add", { exact: true }).setInputFiles([{ name: "06-04-2024.png", mimeType: "image/png", buffer: png(200, 283, paper(200, 283, 8)) }]);
  await page.getByRole("button", { name: "Add 1 file to the journal" }).click();
  await expect(page.getByRole("alert")).toContainText("key", { timeout: 30_000 });
  // Whoever comes back later finds it, too.
  await page.reload();
  await expect(page.getByRole("region", { name: "In the journal’s folder" })).toContainText("06-04-2024.png could not be read");
  await fake.rules([{ images: true, text: "It can be read now." }]);
  await page.getByRole("button", { name: "Try 1 failed page again" }).click();
  await expect(page.getByRole("region", { name: "In the journal’s folder" })).toHaveCount(0, { timeout: 30_000 });
  expect(readFileSync(join(daybook.journal, "06-04-2024.md"), "utf8")).toContain("It can be read now.");
});

test("a page for a day that has words of its own leaves them alone, and says so", async ({ page, daybook }) => {
  writeFileSync(join(daybook.journal, "06-04-2024.md"), "Typed long ago.\n");
  await page.goto("/app/add?day=2024-06-04");
  await page.getByLabel("Pages to add", { exact: true }).setInputFiles([{ name: "IMG_1.png", mimeType: "image/png", buffer: png(200, 283, paper(200, 283, 9)) }]);
  await page.getByRole("button", { name: "Add 1 file to the journal" }).click();
  await expect(page.getByText("Saved, but not transcribed")).toBeVisible({ timeout: 30_000 });
  expect(readFileSync(join(daybook.journal, "06-04-2024.md"), "utf8")).toBe("Typed long ago.\n");
});

test("files are dropped, and a phone has a button for its camera", async ({ page, browser, daybook }) => {
  await page.goto("/app/add");
  await accessible(page);
  await shoot(page, "add-empty");
  const bytes = [...png(200, 283, paper(200, 283, 10))];
  const transfer = await page.evaluateHandle((data) => {
    const dropped = new DataTransfer();
    dropped.items.add(new File([new Uint8Array(data)], "2024-06-09.png", { type: "image/png" }));
    return dropped;
  }, bytes);
  await page.dispatchEvent(".drop", "drop", { dataTransfer: transfer });
  await expect(page.getByLabel("Day of 2024-06-09.png")).toHaveValue("2024-06-09");

  const phone = await browser.newContext({ baseURL: daybook.url, hasTouch: true, isMobile: true, viewport: { width: 360, height: 740 } });
  const handheld = await phone.newPage();
  await handheld.goto("/app/add");
  await expect(handheld.getByRole("button", { name: "Photograph a page" })).toBeVisible();
  await expect(handheld.getByLabel("Photograph of a page")).toHaveAttribute("capture", "environment");
  await handheld.getByLabel("Photograph of a page").setInputFiles([{ name: "image.png", mimeType: "image/png", buffer: Buffer.from(bytes) }]);
  await expect(handheld.getByText("Today")).toBeVisible();
  await phone.close();
});

test.describe("without a model that reads pages", () => {
  test.use({ options: { journal: () => {} } });
  test("that is said, and pages are kept", async ({ page, daybook }) => {
    await page.goto("/app/add?day=2024-06-04");
    await expect(page.getByText("No transcription model is set.")).toBeVisible();
    await page.getByLabel("Pages to add", { exact: true }).setInputFiles([{ name: "IMG_1.png", mimeType: "image/png", buffer: png(200, 283, paper(200, 283, 9)) }]);
    await page.getByRole("button", { name: "Add 1 file to the journal" }).click();
    await expect(page.getByText("Waiting to be read")).toBeVisible({ timeout: 30_000 });
    await shoot(page, "add-no-model");
    expect(readdirSync(daybook.journal)).toContain("06-04-2024.png");
  });
});
