import { type Page } from "@playwright/test";
import { paper, png, put, readable } from "./scans";
import { expect, test } from "./test";

// What is about to be opened is loaded before.

const days = ["2024-09-01", "2024-09-02", "2024-09-03", "2024-09-20"];

test.use({ options: { journal: () => {}, env: { DAYBOOK_MODEL_TRANSCRIPTION: "openai/gpt-4o" } } });

test.beforeEach(async ({ daybook, fake }) => {
  await fake.rules([{ images: true, text: "A xylophone, heard from the stairs." }]);
  for (const [i, day] of days.entries()) put(daybook.journal, { [`${day.slice(5)}-2024.png`]: png(600, 849, paper(600, 849, i)) });
  await readable(daybook, "xylophone", ...days);
});

/** pictures lists the sizes of the pictures of pages that were asked for, by their entries. */
function pictures(page: Page) {
  const asked: { entry: string; longest: number }[] = [];
  page.on("request", (request) => {
    const [, entry = "", longest = ""] = /\/entries\/([^/]+)\/pages\/1\/image\?longest=(\d+)$/.exec(request.url()) ?? [];
    if (entry) asked.push({ entry, longest: Number(longest) });
  });
  return asked;
}
const picture = (page: Page) => page.getByRole("img", { name: /Page 1 of/ });
const seen = async (page: Page) => {
  await expect(picture(page)).toBeVisible();
  await expect(picture(page)).toHaveAttribute("data-state", "there");
};

test("the pages of the days beside are there before one goes to them, in a size that fits", async ({ page }) => {
  const asked = pictures(page);
  await page.goto("/app/journal/2024-09-02");
  await seen(page);
  await expect.poll(() => new Set(asked.map(({ entry }) => entry)).size).toBe(3);
  expect(asked.length).toBe(3);
  expect(new Set(asked.map(({ longest }) => longest))).toEqual(new Set([800]));
  await page.keyboard.press("ArrowLeft");
  await expect(page.getByRole("heading", { level: 1 })).toContainText("1 September");
  await seen(page);
  expect(asked.length).toBe(3);
  // Zoomed in, it is sharper.
  await page.getByRole("button", { name: "Zoom in" }).click();
  await page.getByRole("button", { name: "Zoom in" }).click();
  await expect.poll(() => asked.at(-1)?.longest).toBe(1600);
});

test("a link that a pointer rests on is loaded before it is clicked", async ({ page }) => {
  const asked = pictures(page);
  await page.goto("/app/journal/2024-09-01");
  await seen(page);
  await expect.poll(() => asked.length).toBe(2);
  const day = page.waitForResponse(/\/days\/2024-09-20$/);
  await page.getByRole("button", { name: "Another day" }).click();
  await expect.poll(async () => {
    await page.mouse.move(0, 0);
    await page.locator("a.calendar-day[href$='2024-09-20']").hover();
    return asked.length;
  }, { intervals: [500] }).toBe(3);
  await day;
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true });

  test("only the page of the day itself is loaded before it is asked for", async ({ page }) => {
    const asked = pictures(page);
    await page.goto("/app/journal/2024-09-02");
    await expect.poll(() => asked.length).toBe(1);
    await page.getByRole("button", { name: "Page", exact: true }).click();
    await seen(page);
    await page.waitForTimeout(500);
    expect(asked).toEqual([{ entry: asked[0]?.entry, longest: 1200 }]);
  });
});
