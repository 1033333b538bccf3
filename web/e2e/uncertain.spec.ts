import { type Page } from "@playwright/test";
import { readable, paper, png, put } from "./scans";
import { accessible, expect, noSideways, shoot, test } from "./test";

const lines = (n: number, from: number) => Array.from({ length: n }, (_, i) => `Line ${from + i} tells of rain on the roofs, of the tea that went cold, and of a long walk by the canal.`).join(" ");

// The uncertain word is about three quarters down the page.
const text = `${lines(14, 1)}\n\nThen we met [Ursola?] at the lighthouse, and she lent me a telescope.\n\n${lines(4, 15)}`;

test.use({
  options: {
    journal: (folder) => put(folder, { "05-03-2024.md": "A quiet day.\n" }),
    env: { DAYBOOK_MODEL_TRANSCRIPTION: "openai/gpt-4o" },
  },
});

test.beforeEach(async ({ fake, daybook }) => {
  await fake.rules([{ images: true, text }]);
  put(daybook.journal, { "05-04-2024.png": png(500, 707, paper(500, 707, 3)) });
  await readable(daybook, "telescope", "2024-05-04");
});

/** where tells where the mark is: as a share of the page's height, and whether it is seen in its box. */
async function where(page: Page) {
  return page.locator(".page-here").evaluate((mark) => {
    const box = mark.closest(".page-view")!.getBoundingClientRect();
    const sheet = mark.parentElement!.getBoundingClientRect();
    const at = mark.getBoundingClientRect();
    const middle = (at.top + at.bottom) / 2;
    return { share: (middle - sheet.top) / sheet.height, seen: middle > box.top && middle < box.bottom, shown: middle > 0 && middle < innerHeight };
  });
}

for (const width of [390, 1440]) {
  test(`an answer tells an uncertain word, and shows where it is on the page, ${width} px wide`, async ({ page }) => {
    await page.setViewportSize({ width, height: 800 });
    await page.goto("/app/ask");
    await page.getByRole("textbox", { name: "Your question" }).fill("Who lent me a telescope at the lighthouse?");
    await page.keyboard.press("Enter");
    const answer = page.getByRole("article", { name: "Answer" });
    await expect(answer).toContainText("This answer relies on words that were hard to read: “Ursola”");
    await expect(answer.locator(".doubtful")).toHaveText("Ursola? (not sure)");
    await noSideways(page);
    await page.getByRole("button", { name: /Source \d: 4 May 2024/ }).first().click();
    const passage = page.locator(".passage");
    await expect(passage.locator(".doubtful")).toBeInViewport();
    await expect(passage.getByRole("img", { name: "Page 1 of 4 May 2024" })).toHaveAttribute("data-state", "there");
    await expect.poll(async () => (await where(page)).seen).toBe(true);
    const { share, shown } = await where(page);
    expect(shown).toBe(true);
    expect(share).toBeGreaterThan(0.55);
    expect(share).toBeLessThan(0.95);
    await shoot(page, `uncertain-${width}`);
    await accessible(page);

    await passage.getByRole("link", { name: "Open the day" }).click();
    await expect(page.getByRole("heading", { level: 1, name: /4 May 2024/ })).toBeVisible();
    if (width < 1000) await page.getByRole("button", { name: "Page", exact: true }).click();
    await expect.poll(async () => (await where(page)).seen).toBe(true);
    expect((await where(page)).share).toBeGreaterThan(0.55);
    await shoot(page, `uncertain-day-${width}`);
  });

  test(`a search finds an uncertain word by what it may be, and shows it as such, ${width} px wide`, async ({ page }) => {
    await page.setViewportSize({ width, height: 800 });
    await page.goto("/app/search?q=Ursula");
    const unsure = page.locator(".result .doubtful");
    await expect(unsure).toHaveText("Ursola? (not sure)");
    await expect(unsure.locator("mark")).toHaveText("Ursola");
    await noSideways(page);
    await accessible(page);
    await shoot(page, `uncertain-search-${width}`);
  });
}
