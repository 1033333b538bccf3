import { cpSync } from "node:fs";
import { join } from "node:path";
import { root } from "./daybook";
import { drawn, put, readable } from "./scans";
import { expect, noSideways, test } from "./test";

// A phone whose keyboard is open, or that lies on its side, has a window of little height.
test.use({
  viewport: { width: 360, height: 400 },
  hasTouch: true,
  isMobile: true,
  options: {
    journal: (folder: string) => {
      cpSync(join(root, "internal/demo/notes/journal"), folder, { recursive: true });
      put(join(folder, "../evergreen"), { "The harbour.md": "One line of many.\n\n".repeat(60) });
    },
    evergreen: true,
    env: { DAYBOOK_MODEL_TRANSCRIPTION: "openai/gpt-4o" },
  },
});

test("what is typed has the room of the bar", async ({ page }) => {
  const bar = page.getByRole("navigation", { name: "Rooms" });
  for (const [path, name] of [["/app/write", /^Note of/], ["/app/ask", "Your question"]] as const) {
    await page.goto(path);
    const area = page.getByRole("textbox", { name });
    await area.focus();
    await expect(bar).toBeHidden();
    await expect(area).toBeInViewport();
    await noSideways(page);
    await area.blur();
    await expect(bar).toBeVisible();
  }
});

test("a page does not cover the words that are corrected beside it", async ({ page, daybook, fake }) => {
  await fake.rules([{ images: true, text: "We walked out to the [Kestrel?] point.\n\nThe ferry came in late, and nobody minded." }]);
  put(daybook.journal, { "2024/08-31-2024.jpg": await drawn(page, "image/jpeg", 3) });
  await readable(daybook, "nobody minded", "2024-08-31");
  for (const size of [{ width: 360, height: 400 }, { width: 740, height: 360 }, { width: 360, height: 740 }]) {
    await page.setViewportSize(size);
    await page.goto("/app/journal/2024-08-31?edit");
    const picture = page.locator(".viewer .page-view");
    await expect(picture.getByRole("img")).toHaveAttribute("data-state", "there");
    await expect(page.getByRole("textbox", { name: "Transcription" })).toBeFocused();
    const viewer = (await page.locator(".viewer").boundingBox())!;
    const box = (await picture.boundingBox())!;
    expect(box.y + box.height, `${size.width} × ${size.height}`).toBeLessThanOrEqual(viewer.y + viewer.height);
    expect(box.height).toBeGreaterThan(60);
    await page.getByRole("textbox", { name: "Transcription" }).press("Control+End");
    await page.evaluate(() => document.querySelector(".correct textarea")!.scrollIntoView({ block: "end" }));
    const room = await page.evaluate(() => document.querySelector(".correct-bar")!.getBoundingClientRect().top - document.querySelector(".viewer")!.getBoundingClientRect().bottom);
    expect(room, "there is room for words between the page and the buttons").toBeGreaterThan(90);
    await noSideways(page);
  }
});

test("what is opened from far down begins at its top, and Back leads to where one was", async ({ page }) => {
  await page.goto("/app/journal");
  const note = page.getByRole("link", { name: "The harbour", exact: true });
  const y = () => page.evaluate(() => scrollY);
  // Its text is at hand already, so that nothing but the room itself leads to its top.
  await note.click();
  await expect(page.getByText("One line of many.").first()).toBeVisible();
  await page.goBack();
  await note.scrollIntoViewIfNeeded();
  await page.evaluate(() => scrollBy(0, 200));
  const before = await y();
  expect(before).toBeGreaterThan(200);
  await note.click();
  await expect(page.getByText("One line of many.").first()).toBeVisible();
  expect(await y()).toBe(0);
  await page.goBack();
  await expect(note).toBeVisible();
  await expect.poll(y).toBeGreaterThan(200);
});
