import { existsSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { readable, paper, png, put } from "./scans";
import { accessible, expect, noSideways, shoot, test } from "./test";

test.use({
  options: {
    journal: (folder) =>
      put(folder, {
        "06-04-2024.md": "---\nmood: calm\n---\nWhat was there before.\n",
        "06-04-2022.md": "That day two years before.\n",
      }),
    env: { DAYBOOK_MODEL_TRANSCRIPTION: "openai/gpt-4o" },
  },
});

const area = (page: Page) => page.getByRole("textbox", { name: /^Note of/ });
const state = (page: Page) => page.locator("#write-state");
const drafts = (page: Page) => page.evaluate(() => Object.keys(localStorage).filter((key) => key.includes("draft")));

/** record keeps every state that is shown from now on: one may be gone before it is looked at. */
const record = (page: Page) =>
  page.evaluate(() => {
    const shown: string[] = [];
    Object.assign(window, { shown });
    new MutationObserver(() => shown.push(document.querySelector("#write-state")?.textContent ?? "")).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
const recorded = (page: Page) => page.evaluate(() => (window as unknown as { shown: string[] }).shown);

/** The file of the reader's today, in the zone of the tests. */
function todaysFile() {
  const [day, month, year] = new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/Zurich", day: "2-digit", month: "2-digit", year: "numeric" }).format(new Date()).split("/");
  return `${month}-${day}-${year}.md`;
}

test("today’s note is saved as one types, and found at once", async ({ page, daybook }) => {
  const file = join(daybook.journal, todaysFile());
  await page.goto("/app/write");
  await expect(area(page)).toBeFocused();
  await accessible(page);
  await page.keyboard.type("A zeppelin came over the harbour.");
  await expect(state(page)).toContainText("Saved at");
  expect(readFileSync(file, "utf8")).toBe("A zeppelin came over the harbour.\n");
  expect(await drafts(page)).toEqual([]);
  await record(page);
  await page.keyboard.type(" Then it left.");
  await expect.poll(() => recorded(page)).toContainEqual(expect.stringContaining("Not saved yet"));
  await expect.poll(() => readFileSync(file, "utf8")).toContain("Then it left.");
  await page.keyboard.press("Enter");
  await page.keyboard.type("- bread");
  await page.keyboard.press("Enter");
  await page.keyboard.type("milk");
  await page.keyboard.press("Control+s");
  await expect.poll(() => readFileSync(file, "utf8")).toContain("- bread\n- milk\n");
  await shoot(page, "write");
  await page.getByRole("button", { name: "Preview" }).click();
  await expect(page.getByRole("listitem").filter({ hasText: "milk" })).toBeVisible();
  await page.goto("/app/search?q=zeppelin");
  await expect(page.locator(".result mark")).toHaveText("zeppelin");
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto("/app/write");
  await expect(area(page)).toHaveValue(/zeppelin/);
  await noSideways(page);
});

test("another day’s note goes on where it was, and its front matter stays", async ({ page, daybook }) => {
  await page.goto("/app/write?day=2024-06-04");
  await expect(area(page)).toHaveValue("What was there before.");
  await expect(page.getByText("That day two years before.")).toBeVisible();
  await page.keyboard.press("Control+End");
  await page.keyboard.type(" And more.");
  await expect(state(page)).toContainText("Saved at");
  expect(readFileSync(join(daybook.journal, "06-04-2024.md"), "utf8")).toBe("---\nmood: calm\n---\nWhat was there before. And more.\n");
  await page.getByRole("button", { name: "Previous day" }).click();
  await expect(page.getByRole("heading", { level: 1, name: /3 June 2024/ })).toBeVisible();
  await expect(area(page)).toHaveValue("");
  await page.getByRole("button", { name: "Today", exact: true }).click();
  await expect(page).toHaveURL(/\/app\/write$/);
});

const file = (journal: string, name = "06-04-2024.md") => join(journal, name);
const read = (journal: string, name?: string) => readFileSync(file(journal, name), "utf8");
const look = (page: Page) => page.evaluate(() => dispatchEvent(new Event("focus")));

test("an edit on the disk in another place is merged, which is said and can be undone", async ({ page, daybook }) => {
  await page.goto("/app/write?day=2024-06-04");
  await expect(area(page)).toHaveValue("What was there before.");
  writeFileSync(file(daybook.journal), "---\nmood: calm\n---\nWhat was there before, said Obsidian.\n");
  await area(page).fill("What was there before.\n\nA paragraph of mine.");
  await expect(page.getByText("Its changes and yours were in different places, and were merged.")).toBeVisible();
  await expect(state(page)).toContainText("Saved at");
  const both = "What was there before, said Obsidian.\n\nA paragraph of mine.";
  await expect(area(page)).toHaveValue(both);
  expect(read(daybook.journal)).toBe(`---\nmood: calm\n---\n${both}\n`);
  expect(await drafts(page)).toEqual([]);
  await shoot(page, "write-merged");
  await page.getByRole("button", { name: "Undo the merge" }).click();
  await expect(page.getByRole("heading", { name: "This note was changed elsewhere" })).toBeVisible();
  expect(read(daybook.journal)).toBe("---\nmood: calm\n---\nWhat was there before, said Obsidian.\n");
  await page.getByRole("button", { name: "Keep mine" }).click();
  await expect(state(page)).toContainText("Saved at");
  expect(read(daybook.journal)).toBe("---\nmood: calm\n---\nWhat was there before.\n\nA paragraph of mine.\n");
});

test("an edit of the same words on the disk is shown, never overwritten", async ({ page, daybook }) => {
  await page.goto("/app/write?day=2024-06-04");
  await expect(area(page)).toHaveValue("What was there before.");
  writeFileSync(file(daybook.journal), "---\nmood: calm\n---\nWhat was there today.\n");
  await area(page).fill("What was there yesterday.");
  await expect(page.getByRole("heading", { name: "This note was changed elsewhere" })).toBeVisible();
  expect(read(daybook.journal)).not.toContain("yesterday");
  await shoot(page, "write-conflict");
  await page.getByRole("button", { name: "Keep both changes" }).click();
  await expect(state(page)).toContainText("Saved at");
  expect(read(daybook.journal)).toBe("---\nmood: calm\n---\nWhat was there yesterday today.\n");
  expect(await drafts(page)).toEqual([]);
});

test("an edit of the front matter alone is no conflict, and one while nothing is typed is taken in", async ({ page, daybook }) => {
  await page.goto("/app/write?day=2024-06-04");
  await expect(area(page)).toHaveValue("What was there before.");
  writeFileSync(file(daybook.journal), "---\nmood: stormy\n---\nWhat was there before.\n");
  await area(page).fill("Mine.");
  await expect(state(page)).toContainText("Saved at");
  expect(read(daybook.journal)).toBe("---\nmood: stormy\n---\nMine.\n");
  writeFileSync(file(daybook.journal), "Mine. And theirs.\n");
  await look(page);
  await expect(area(page)).toHaveValue("Mine. And theirs.");
  await expect(state(page)).toContainText("Saved");
});

test("a stale copy over what was saved is a conflict, also while one only looks", async ({ page, daybook }) => {
  const before = read(daybook.journal);
  await page.goto("/app/write?day=2024-06-04");
  await expect(area(page)).toHaveValue("What was there before.");
  await area(page).fill("What was there before. Words that matter.");
  await expect(state(page)).toContainText("Saved at");
  writeFileSync(file(daybook.journal), before);
  // It is noticed without a key, by and by.
  await expect(page.getByRole("heading", { name: "This note was changed elsewhere" })).toBeVisible({ timeout: 15_000 });
  await expect(page.getByRole("group", { name: /^Yours/ })).toContainText("Words that matter.");
  await expect(page.getByRole("button", { name: "Keep both changes" })).toBeHidden();
  expect(read(daybook.journal)).toBe(before);
  await accessible(page);
  // It still is after a reload, and not called saved.
  await page.reload();
  await expect(page.getByText("Another program changed this note after it was saved here")).toBeVisible();
  await expect(state(page)).toHaveText("Changed by another program");
  await shoot(page, "write-replaced");
  await page.setViewportSize({ width: 390, height: 740 });
  await noSideways(page);
  await page.getByRole("button", { name: "Compare" }).click();
  await page.getByRole("button", { name: "Keep mine" }).click();
  await expect(state(page)).toContainText("Saved at");
  expect(read(daybook.journal)).toContain("Words that matter.");
  await page.reload();
  await expect(state(page)).toHaveText("Saved");
});

test("a copy that was made from an older version is merged with what was saved since", async ({ page, daybook }) => {
  await page.goto("/app/write?day=2024-06-04");
  await expect(area(page)).toHaveValue("What was there before.");
  await area(page).fill("What was there before.\n\nSaved here.");
  await expect(state(page)).toContainText("Saved at");
  writeFileSync(file(daybook.journal), "---\nmood: calm\n---\nA line from elsewhere.\n\nWhat was there before.\n");
  await look(page);
  await expect(page.getByText("were merged.")).toBeVisible();
  await expect(area(page)).toHaveValue("A line from elsewhere.\n\nWhat was there before.\n\nSaved here.");
  expect(read(daybook.journal)).toContain("A line from elsewhere.\n\nWhat was there before.\n\nSaved here.");
});

test("of what replaced a note that was saved here, either can be kept for good", async ({ page, daybook }) => {
  await page.goto("/app/write?day=2024-06-04");
  await expect(area(page)).toHaveValue("What was there before.");
  await area(page).fill("Saved here.");
  await expect(state(page)).toContainText("Saved at");
  writeFileSync(file(daybook.journal), "Something else.\n");
  await page.goto("/app/journal/2024-06-04");
  await expect(page.getByText("some of what was saved is missing")).toBeVisible();
  await page.getByRole("button", { name: "Keep this version" }).click();
  await expect(page.getByText("some of what was saved is missing")).toBeHidden();
  await page.reload();
  await expect(page.getByText("Something else.")).toBeVisible();
  await expect(page.getByText("some of what was saved is missing")).toBeHidden();
  expect(read(daybook.journal)).toBe("Something else.\n");
});

test("a file that goes while one only looks is noticed, and can be written again", async ({ page, daybook }) => {
  await page.goto("/app/write?day=2024-06-04");
  await expect(area(page)).toHaveValue("What was there before.");
  await area(page).fill("Saved here.");
  await expect(state(page)).toContainText("Saved at");
  unlinkSync(file(daybook.journal));
  await expect(async () => {
    await look(page);
    await expect(page.getByRole("heading", { name: "This note’s file is missing" })).toBeVisible({ timeout: 500 });
  }).toPass();
  await page.reload();
  await expect(page.getByText("of this day was deleted. It can be restored.")).toBeVisible();
  await page.getByRole("button", { name: "Show history" }).click();
  await page.getByRole("button", { name: /Saved in the page/ }).click();
  await page.getByRole("button", { name: "Restore" }).click();
  await expect(area(page)).toHaveValue("Saved here.");
  expect(read(daybook.journal)).toContain("Saved here.");
});

test("the history of a day is listed, shown, compared and restored, on a phone too", async ({ page, daybook }) => {
  await page.goto("/app/write?day=2024-06-04");
  await expect(area(page)).toHaveValue("What was there before.");
  for (const words of ["What was there", "What was there after.", "What was there after all."]) {
    await area(page).fill(words);
    await expect.poll(() => read(daybook.journal)).toContain(words);
    await expect(state(page)).toContainText("Saved at");
  }
  await page.setViewportSize({ width: 390, height: 740 });
  await page.getByRole("button", { name: "History" }).click();
  const versions = page.getByRole("list", { name: "Versions" }).getByRole("listitem");
  await expect(versions).toHaveCount(2); // one sitting, and what was there before it
  await expect(versions.nth(0)).toContainText("Current");
  await expect(versions.nth(1)).toContainText("Written by another program");
  await noSideways(page);
  await accessible(page);
  await shoot(page, "history");
  await versions.nth(1).getByRole("button").click();
  await expect(page.getByText("What was there before.", { exact: true })).toBeVisible();
  await page.getByRole("radio", { name: "Compare with current" }).check();
  await expect(page.locator(".history-text del")).toContainText(["before"]);
  await expect(page.locator(".history-text ins")).toContainText(["after all"]);
  await noSideways(page);
  await shoot(page, "history-compare");
  await page.getByRole("button", { name: "Restore" }).click();
  await expect(page.getByText("Version restored")).toBeVisible();
  await expect(area(page)).toHaveValue("What was there before.");
  expect(read(daybook.journal)).toBe("---\nmood: calm\n---\nWhat was there before.\n");
  await page.getByRole("button", { name: "Undo" }).click();
  await expect.poll(() => read(daybook.journal)).toContain("after all.");
});

test("a file that is gone meanwhile is written again only when one says so", async ({ page, daybook }) => {
  const file = join(daybook.journal, "06-04-2024.md");
  await page.goto("/app/write?day=2024-06-04");
  await expect(area(page)).toHaveValue("What was there before.");
  unlinkSync(file);
  await area(page).fill("Still here.");
  await expect(page.getByRole("heading", { name: "This note’s file is missing" })).toBeVisible();
  expect(existsSync(file)).toBe(false);
  await page.getByRole("button", { name: "Write it again" }).click();
  await expect(state(page)).toContainText("Saved at");
  expect(readFileSync(file, "utf8")).toContain("Still here.");
});

test("what could not be saved is kept over a reload, and saved when the server is back", async ({ page, daybook }) => {
  const file = join(daybook.journal, "06-04-2024.md");
  await page.goto("/app/write?day=2024-06-04");
  await expect(area(page)).toHaveValue("What was there before.");
  await page.evaluate(() => navigator.serviceWorker.ready);
  await daybook.halt();
  await area(page).fill("Typed while nobody listened.");
  await expect(state(page)).toContainText("Not saved.");
  expect(await drafts(page)).toContain("daybook.draft.2024-06-04");
  await daybook.run();
  await page.reload();
  await expect(area(page)).toHaveValue("Typed while nobody listened.");
  await expect.poll(() => readFileSync(file, "utf8")).toContain("Typed while nobody listened.");
  await expect.poll(() => drafts(page)).toEqual([]);
});

test("a screen reader is told that a note is not saved, and when it is again, and no more", async ({ page, daybook }) => {
  await page.goto("/app/write?day=2024-06-04");
  await expect(area(page)).toHaveValue("What was there before.");
  await page.evaluate(() => {
    const said: string[] = [];
    Object.assign(window, { said });
    new MutationObserver(() => {
      const now = [...document.querySelectorAll("[role=status], [role=alert], [aria-live]")].map((e) => e.textContent).filter(Boolean).join("|");
      if (now && now !== said.at(-1)) said.push(now);
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  const said = () => page.evaluate(() => (window as unknown as { said: string[] }).said);
  await area(page).pressSequentially(" One.");
  await expect(state(page)).toContainText("Saved at");
  await area(page).pressSequentially(" Two.");
  await expect.poll(() => readFileSync(join(daybook.journal, "06-04-2024.md"), "utf8")).toContain("One. Two.");
  await expect(state(page)).toContainText("Saved at");
  expect(await said()).toEqual([]);
  await daybook.halt();
  await area(page).pressSequentially(" Three.");
  await expect.poll(said).toEqual([expect.stringMatching(/^Not saved\. /)]);
  await daybook.run();
  await expect(state(page)).toContainText("Saved at", { timeout: 20_000 });
  expect((await said()).at(-1)).toBe("Saved again");
});

test("words typed just before one leaves are saved", async ({ page, daybook }) => {
  const file = join(daybook.journal, "06-04-2024.md");
  await page.goto("/app/write?day=2024-06-04");
  await expect(area(page)).toHaveValue("What was there before.");
  await area(page).fill("Typed, and gone.");
  await page.getByRole("link", { name: "Journal", exact: true }).click();
  await expect.poll(() => readFileSync(file, "utf8")).toContain("Typed, and gone.");
  await expect.poll(() => drafts(page)).toEqual([]);
});

test("a note of a scan is corrected, not replaced", async ({ page, daybook, fake }) => {
  const file = join(daybook.journal, "06-05-2024.md");
  await fake.rules([{ images: true, text: "The words of a page." }]);
  put(daybook.journal, { "06-05-2024.png": png(300, 424, paper(300, 424, 3)) });
  await readable(daybook, "words of a page", "2024-06-05");
  await page.goto("/app/write?day=2024-06-05");
  await expect(page.getByText("This note was transcribed from a page.")).toBeVisible();
  await area(page).fill("The right words of a page.");
  await expect(state(page)).toContainText("Saved at");
  expect(readFileSync(file, "utf8")).toMatch(/!\[\[06-05-2024\.png\]\]\n\n### Transcription\n+The right words of a page\.\n/);
  await page.getByRole("link", { name: "Correct it beside its page" }).click();
  await expect(page.getByRole("textbox", { name: "Transcription" })).toHaveValue("The right words of a page.");
});

test("a note without words is not saved by itself, and can be deleted", async ({ page, daybook }) => {
  const file = join(daybook.journal, "06-04-2024.md");
  await page.goto("/app/write?day=2024-06-04");
  await expect(area(page)).toHaveValue("What was there before.");
  await area(page).fill("");
  await expect(state(page)).toContainText("A note without words is not saved.");
  expect(readFileSync(file, "utf8")).toContain("What was there before.");
  await page.getByRole("button", { name: "Delete the note…" }).click();
  await page.getByRole("button", { name: "Delete the note", exact: true }).click();
  await expect(page.getByText("Note deleted")).toBeVisible();
  expect(existsSync(file)).toBe(false);
  await page.getByRole("button", { name: "Undo", exact: true }).click();
  await expect(area(page)).toHaveValue("What was there before.");
  expect(readFileSync(file, "utf8")).toBe("---\nmood: calm\n---\nWhat was there before.\n");
});

test("what is too long for a note is not pasted, and what is typed stays", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto("/app/write");
  await expect(area(page)).toBeFocused();
  await page.keyboard.type("Before it. ");
  await page.evaluate(() => navigator.clipboard.writeText("All work and no play. ".repeat(140_000)));
  await area(page).press("Control+v");
  await expect(page.getByText("Too long for a note").first()).toBeVisible();
  await expect(area(page)).toHaveValue("Before it. ");
  await expect(state(page)).toContainText("Saved at");
});

test("a photograph is added to the note, and shown in it", async ({ page, daybook }) => {
  await page.goto("/app/write?day=2024-06-04");
  await expect(area(page)).toHaveValue("What was there before.");
  await area(page).focus();
  await page.keyboard.press("Control+End");
  await page.getByLabel("Add photos", { exact: true }).and(page.locator("input")).setInputFiles({ name: "IMG_1.png", mimeType: "image/png", buffer: png(60, 40, paper(60, 40, 1)) });
  await expect(area(page)).toHaveValue("What was there before.\n\n![[IMG_1.png]]\n\n");
  await expect(state(page)).toContainText("Saved at");
  expect(readdirSync(join(daybook.journal, "attachments"))).toEqual(["IMG_1.png"]);
  await page.getByRole("button", { name: "Preview" }).click();
  await expect.poll(() => page.locator(".write-read img").evaluate((img: HTMLImageElement) => img.naturalWidth)).toBeGreaterThan(0);
});

test("the toolbar writes the signs of Markdown, and suggestions are off until wanted", async ({ page }) => {
  await page.goto("/app/write?day=2024-06-05");
  await expect(area(page)).toHaveAttribute("placeholder", "What was this day like?");
  await page.getByRole("button", { name: "Suggest something to write about" }).click();
  await expect(area(page)).not.toHaveAttribute("placeholder", "What was this day like?");
  await page.getByRole("button", { name: "No suggestions" }).click();
  await expect(area(page)).toHaveAttribute("placeholder", "What was this day like?");
  await area(page).fill("Rope\nFlour");
  await page.keyboard.press("Control+a");
  await page.getByRole("button", { name: "Task" }).click();
  await expect(area(page)).toHaveValue("- [ ] Rope\n- [ ] Flour");
  await page.keyboard.press("Control+a");
  await page.getByRole("button", { name: "Task" }).click();
  await expect(area(page)).toHaveValue("Rope\nFlour");
  await page.keyboard.press("Control+a");
  await page.getByRole("button", { name: "Bold" }).click();
  await expect(area(page)).toHaveValue("**Rope\nFlour**");
});
