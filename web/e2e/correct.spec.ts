import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readable, paper, pdf, png, put } from "./scans";
import { accessible, expect, noSideways, shoot, test } from "./test";

test.use({
  options: {
    journal: (folder) =>
      put(folder, {
        "06-07-2024.md": "A typed note.\n",
        "06-08-2024.md": "#day\n\n### Page\n![[06-08-2024.png]]\n\n### Transcription\n\nWords of the owner's own.\n",
      }),
    env: { DAYBOOK_MODEL_TRANSCRIPTION: "openai/gpt-4o" },
  },
});

test.beforeEach(async ({ fake, daybook }) => {
  await fake.rules([{ images: true, text: "First line of the page.\n\nWe met [Ursela?] at the [illegible] and she laughed.\n\nLast line of the page." }]);
  put(daybook.journal, {
    "06-04-2024.png": png(400, 566, paper(400, 566, 3)),
    "06-05-2024.pdf": pdf(300, 424, [paper(300, 424, 4), paper(300, 424, 5)]),
  });
  await readable(daybook, "laughed", "2024-06-04", "2024-06-05");
});

const note = (journal: string, name: string) => readFileSync(join(journal, name), "utf8");

test("a transcription is corrected beside its page, word by word", async ({ page, daybook }) => {
  await page.goto("/app/journal/2024-06-04");
  await page.getByRole("button", { name: "Correct" }).click();
  const area = page.getByRole("textbox", { name: "Transcription" });
  await expect(area).toBeFocused();
  const correcting = page.locator(".correct");
  await expect(correcting.getByText("2 uncertain words")).toBeVisible();
  await page.keyboard.press("Control+.");
  await page.keyboard.type("Ursula");
  await page.keyboard.press("Control+.");
  await expect(correcting.getByText("1 uncertain word", { exact: true })).toBeVisible();
  await page.keyboard.type("harbour");
  await accessible(page);
  await shoot(page, "journal-correct");
  await page.setViewportSize({ width: 360, height: 740 });
  await noSideways(page);
  await page.keyboard.press("Control+s");
  await expect(area).toBeHidden();
  await expect(page.getByText("We met Ursula at the harbour and she laughed.")).toBeVisible();
  expect(note(daybook.journal, "06-04-2024.md")).toContain("We met Ursula at the harbour and she laughed.");
  expect(await page.evaluate(() => Object.keys(localStorage).filter((key) => key.includes("draft")))).toEqual([]);
});

test("an edit on the disk in another place is merged, and can be undone", async ({ page, daybook }) => {
  await page.goto("/app/journal/2024-06-04");
  await page.getByRole("button", { name: "Correct" }).click();
  const area = page.getByRole("textbox", { name: "Transcription" });
  await area.fill((await area.inputValue()).replace("[Ursela?]", "Ursula"));
  const file = join(daybook.journal, "06-04-2024.md");
  writeFileSync(file, note(daybook.journal, "06-04-2024.md").replace("Last line", "Very last line"));
  await page.getByRole("button", { name: "Save" }).click();
  await expect(area).toBeHidden();
  await expect(page.getByText("We met Ursula at the")).toBeVisible();
  expect(note(daybook.journal, "06-04-2024.md")).toMatch(/met Ursula[^]*Very last line/);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByText("You have unsaved changes to this note")).toBeVisible();
  await expect.poll(() => note(daybook.journal, "06-04-2024.md")).toMatch(/met \[Ursela\?\][^]*Very last line/);
});

test("an edit of the same words on the disk is asked about, with three texts", async ({ page, daybook }) => {
  await page.goto("/app/journal/2024-06-04");
  await page.getByRole("button", { name: "Correct" }).click();
  const area = page.getByRole("textbox", { name: "Transcription" });
  await area.fill((await area.inputValue()).replace("[Ursela?]", "Ursula").replace("First", "The first"));
  const file = join(daybook.journal, "06-04-2024.md");
  writeFileSync(file, note(daybook.journal, "06-04-2024.md").replace("[Ursela?]", "Oda").replace("Last line", "Very last line"));
  const onDisk = note(daybook.journal, "06-04-2024.md");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { name: "This note was changed elsewhere" })).toBeVisible();
  expect(note(daybook.journal, "06-04-2024.md")).toBe(onDisk);
  const place = page.getByRole("group", { name: "What should it say?" });
  await expect(place).toContainText("[Ursela?]");
  await accessible(page);
  await shoot(page, "journal-conflict");
  // What is marked as mine is what I typed.
  await page.getByText("Show the whole texts").click();
  await expect(page.getByRole("group", { name: /^Yours/ }).locator("ins")).toHaveText(["The", "first", "Ursula"]);
  await place.getByRole("radio", { name: /^Yours/ }).check();
  await page.getByRole("button", { name: "Save these choices" }).click();
  await expect(area).toHaveValue(/The first[^]*met Ursula at[^]*Very last line/);
  expect(note(daybook.journal, "06-04-2024.md")).toBe(onDisk);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(area).toBeHidden();
  expect(note(daybook.journal, "06-04-2024.md")).toMatch(/The first[^]*met Ursula at[^]*Very last line/);
});

test("of two versions either can be kept, and mine comes back", async ({ page, daybook }) => {
  const file = join(daybook.journal, "06-04-2024.md");
  await page.goto("/app/journal/2024-06-04");
  await page.getByRole("button", { name: "Correct" }).click();
  const area = page.getByRole("textbox", { name: "Transcription" });
  await area.fill("My words.");
  writeFileSync(file, note(daybook.journal, "06-04-2024.md").replace("First line", "Changed line"));
  await page.keyboard.press("Control+Enter");
  await page.getByRole("button", { name: "Keep the version on disk" }).click();
  await expect(area).toHaveValue(/Changed line/);
  await page.getByRole("button", { name: "Restore mine" }).click();
  await expect(area).toHaveValue("My words.");
  writeFileSync(file, note(daybook.journal, "06-04-2024.md").replace("Changed line", "Twice changed line"));
  await page.keyboard.press("Control+Enter");
  await page.getByRole("button", { name: "Keep mine" }).click();
  await expect(page.getByText("Transcription corrected")).toBeVisible();
  expect(note(daybook.journal, "06-04-2024.md")).toContain("My words.");
  expect(note(daybook.journal, "06-04-2024.md")).not.toContain("Twice");
});

test("what is typed outlives the page, and leaving asks first", async ({ page }) => {
  await page.goto("/app/journal/2024-06-07?edit");
  const area = page.getByRole("textbox", { name: "Note" });
  await area.fill("A typed note, and more.");
  await page.reload();
  await expect(page.getByText("Restored your unsaved text.")).toBeVisible();
  await expect(area).toHaveValue("A typed note, and more.");
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Discard changes" }).click();
  await expect(page.getByText("A typed note.", { exact: true })).toBeVisible();
  expect(await page.evaluate(() => Object.keys(localStorage).filter((key) => key.includes("draft")))).toEqual([]);
});

test("words of the owner's own under the heading are edited, and not marked as transcribed", async ({ page, daybook }) => {
  const before = note(daybook.journal, "06-08-2024.md");
  await page.goto("/app/journal/2024-06-08?edit");
  await page.getByRole("textbox").fill("Something else.");
  await page.keyboard.press("Control+Enter");
  await expect(page.getByRole("textbox")).toHaveCount(0);
  await expect(page.getByText("Something else.")).toBeVisible();
  expect(note(daybook.journal, "06-08-2024.md")).toBe(before.replace("Words of the owner's own.", "Something else."));
});

test("the page follows the caret", async ({ page }) => {
  await page.goto("/app/journal/2024-06-05");
  await page.getByRole("button", { name: "Correct" }).click();
  await expect(page.getByRole("textbox", { name: "Transcription" })).toBeFocused();
  await expect(page.getByText("Page 1 of 2")).toBeVisible();
  await page.keyboard.press("Control+End");
  await expect(page.getByText("Page 2 of 2")).toBeVisible();
  await page.keyboard.press("Control+Home");
  await page.keyboard.type("A long line that moves everything below it further down the text. ");
  await expect(page.getByText("Page 1 of 2")).toBeVisible();
});
