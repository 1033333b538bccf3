import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Page } from "@playwright/test";
import config from "../playwright.config";
import { out } from "./daybook";
import { paper, pdf, png } from "./scans";
import { accessible, expect, noSideways, test } from "./test";

const env = { DAYBOOK_MODEL_TRANSCRIPTION: "openai/gpt-4o", DAYBOOK_PAGES_AT_ONCE: "1" };
test.use({
  options: { journal: () => {}, env },
  launchOptions: { ...config.use?.launchOptions, args: [...(config.use?.launchOptions?.args ?? []), "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"] },
  permissions: ["camera", "microphone"],
});

/** A page of the notebook, read in turn: each is said once. */
const said = (texts: string[]) => texts.map((text) => ({ images: true, times: 1, text }));

/** look takes pictures at the sizes of a phone and a desk, light and dark, for people to look at: SHOTS=1. */
async function look(page: Page, name: string) {
  if (!process.env.SHOTS) return;
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    for (const [width, height] of [[390, 844], [1440, 900]] as const) {
      await page.setViewportSize({ width, height });
      await page.waitForTimeout(150);
      await page.screenshot({ path: join(out, "screenshots", `${name}-${width}-${colorScheme}.png`), animations: "disabled" });
    }
  }
  await page.emulateMedia({ colorScheme: "light" });
}

test("forty pages are photographed in a row and become notes", async ({ page, daybook, fake }) => {
  test.setTimeout(240_000);
  const texts = Array.from({ length: 40 }, (_, i) => {
    const day = 1 + Math.floor(i / 2);
    if (i % 2 === 1) return `It rained on page${i}.`; // continues
    return i === 0 ? `1 June\n\nBegan page${i}.` : `${day} June\n\nWent out on page${i}.`;
  });
  await fake.rules(said(texts));
  await page.setViewportSize({ width: 390, height: 844 });
  // The browser's own stand-in for a camera shows the same again and again, and the same picture is the same page.
  await page.addInitScript(() => {
    let taken = 0;
    class Numbered {
      async takePhoto() {
        const canvas = new OffscreenCanvas(600, 800);
        const context = canvas.getContext("2d")!;
        context.fillStyle = "#f2ecdc";
        context.fillRect(0, 0, 600, 800);
        context.fillStyle = "#23306b";
        context.font = "italic 28px serif";
        taken++;
        for (let line = 0; line < 18; line++) context.fillText(`Page ${taken}, line ${line}, by hand`, 50, 80 + line * 38);
        return canvas.convertToBlob({ type: "image/jpeg" });
      }
    }
    Object.assign(window, { ImageCapture: Numbered });
  });
  let steps = 0;
  const step = async (doing: Promise<unknown>) => {
    await doing;
    steps++;
  };
  await page.goto("/app/add");
  await step(page.getByRole("link", { name: "Add a whole notebook" }).click());
  await look(page, "notebook-empty");
  await page.setViewportSize({ width: 390, height: 844 });
  await step(page.getByRole("button", { name: "Photograph pages" }).click());
  const shutter = page.getByRole("button", { name: "Photograph this page" });
  await expect(shutter).toBeEnabled();
  for (let i = 0; i < 40; i++) {
    await step(shutter.click());
    await expect(page.locator(".camera-count")).toHaveText(`${i + 1} page${i ? "s" : ""}`);
    if (i === 3) await page.screenshot({ path: join(out, "screenshots", "notebook-camera-390.png") });
  }
  await step(page.getByRole("button", { name: "Done" }).click());
  await expect(page.getByRole("heading", { name: "40 pages" })).toBeVisible({ timeout: 60_000 });
  await expect(page.getByRole("button", { name: "Put 40 pages into the journal" })).toBeEnabled({ timeout: 90_000 });
  await expect(page.getByText("The year is a guess")).toBeVisible();
  await look(page, "notebook-list");
  await page.setViewportSize({ width: 390, height: 844 });
  await noSideways(page);
  // One date is corrected, and thirty-nine follow.
  const first = page.getByLabel("Day of page 1", { exact: true });
  await step(first.fill("2019-06-01"));
  await first.blur();
  await expect(page.getByLabel("Day of page 40", { exact: true })).toHaveValue("2019-06-20");
  await step(page.getByRole("button", { name: "Put 40 pages into the journal" }).click());
  await expect(page.getByRole("heading", { name: "40 pages in your journal, on 20 days" })).toBeVisible({ timeout: 30_000 });
  await look(page, "notebook-done");
  const note = (day: number) => {
    try {
      return readFileSync(join(daybook.journal, `06-${String(day).padStart(2, "0")}-2019.md`), "utf8");
    } catch {
      return "";
    }
  };
  for (let day = 1; day <= 20; day++) {
    await expect.poll(() => note(day), { timeout: 40_000 }).toMatch(new RegExp(`page${2 * day - 2}\\.[^]*page${2 * day - 1}\\.`));
  }
  expect(readdirSync(daybook.journal).filter((name) => /\.jpe?g$|\.png$/.test(name))).toHaveLength(40);
  console.log(`${steps} steps for forty pages`);
  expect(steps).toBeLessThanOrEqual(46);
});

test("pages outlive a lost connection and a reload", async ({ page, fake, context, expected }) => {
  expected.push(/ERR_INTERNET_DISCONNECTED|Failed to fetch/);
  await fake.rules([{ images: true, text: "4 June 2019\n\nRain." }]);
  await page.goto("/app/add/notebook");
  await expect(page.getByRole("button", { name: "Photograph pages" })).toBeVisible();
  await context.setOffline(true);
  const files = [1, 2, 3].map((seed) => ({ name: `IMG_${seed + 8}.png`, mimeType: "image/png", buffer: png(200, 283, paper(200, 283, seed)) }));
  await page.getByLabel("Files of the notebook").setInputFiles(files);
  await expect(page.getByText(/Offline.*3 pages saved on this device/)).toBeVisible();
  await look(page, "notebook-offline");
  await page.evaluate(() => window.dispatchEvent(new Event("pagehide")));
  await context.setOffline(false);
  await page.reload();
  await expect(page.getByRole("heading", { name: "3 pages" })).toBeVisible({ timeout: 30_000 });
  await expect(page.getByText("saved on this device")).toHaveCount(0);
  // In the order of their names: 9, 10, 11.
  await expect(page.locator(".nb-number")).toHaveText(["1", "2", "3"]);
  await accessible(page);
});

test("a document of several days, doubts, and a page that is left out", async ({ page, daybook, fake }) => {
  test.setTimeout(120_000);
  await fake.rules(said(["4 June 2019\n\nRain.", "and so to bed.\n\nSunday 5th. Sun.", "nothing", "5/7\n\nHot."]));
  await page.goto("/app/add/notebook");
  await page.getByLabel("Files of the notebook").setInputFiles([{ name: "Notebook.pdf", mimeType: "application/pdf", buffer: pdf(200, 283, [1, 2, 3, 4].map((seed) => paper(200, 283, seed))) }]);
  await expect(page.getByRole("button", { name: "Put 4 pages into the journal" })).toBeEnabled({ timeout: 60_000 });
  await expect(page.getByLabel("Day 2 of page 2")).toHaveValue("2019-06-05");
  await expect(page.getByText("The weekday does not match")).toBeVisible();
  await page.getByRole("button", { name: "View page 2" }).click();
  await expect(page.getByRole("img", { name: "Page 2 of the notebook" })).toHaveJSProperty("complete", true);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Remove page 3" }).click();
  await expect(page.getByRole("button", { name: "Put 3 pages into the journal" })).toBeEnabled();
  await page.getByRole("button", { name: "1 date to check" }).click();
  await expect(page.getByLabel("Day 1 of page 2")).toBeFocused();
  await page.getByRole("button", { name: "Put 3 pages into the journal" }).click();
  await expect(page.getByRole("heading", { name: /3 pages in your journal, on 3 days/ })).toBeVisible({ timeout: 30_000 });
  await expect.poll(() => readdirSync(daybook.journal).filter((name) => name.endsWith(".md")).sort(), { timeout: 30_000 }).toEqual(["06-04-2019.md", "06-04-2019_06-05-2019.md", "07-05-2019.md"]);
});

test("a note is recorded, kept beside the day, and plays there", async ({ page, daybook }) => {
  await page.goto("/app/add");
  await page.getByRole("button", { name: "Record", exact: true }).click();
  await expect(page.getByRole("button", { name: /Stop/ })).toBeVisible();
  await page.waitForTimeout(1500);
  await page.getByRole("button", { name: /Stop/ }).click();
  await expect(page.getByText("Saved, not transcribed.")).toBeVisible();
  expect(readdirSync(join(daybook.journal, "attachments")).filter((name) => name.startsWith("Recording "))).toHaveLength(1);
  await page.locator(".recorder").getByRole("link").click();
  await expect(page.locator("audio.attachment")).toBeVisible();
  await expect.poll(() => page.locator("audio.attachment").evaluate(async (audio: HTMLAudioElement) => (audio.load(), await new Promise((done) => setTimeout(done, 300)), audio.error?.message ?? "plays"))).toBe("plays");
});
