import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { payloads } from "./payloads";
import { paper, png } from "./scans";
import { expect, test } from "./test";

const days = payloads.map((_, i) => new Date(Date.UTC(2023, 0, 1 + i)).toISOString().slice(0, 10));
const american = (day: string) => `${day.slice(5, 7)}-${day.slice(8)}-${day.slice(0, 4)}`;
// Folders of a journal have names, too, and notes say in which they lie.
const folder = `a <img src=x onerror=pwned=1> & "b" #c`;

test.use({
  options: {
    journal: (journal) => {
      mkdirSync(join(journal, folder));
      payloads.forEach((payload, i) => writeFileSync(join(journal, folder, `${american(days[i]!)}.md`), `Quagga number ${i}.\n\n${payload}\n`));
    },
    env: { DAYBOOK_MODEL_TRANSCRIPTION: "openai/gpt-4o" },
  },
});

/** strange is what in the room is more than words, our own elements and ways within the app. */
async function strange(page: Page) {
  return page.locator("main").evaluate((main) => {
    const bad = main.querySelectorAll("script, iframe, object, embed, form, link, meta, base, style, img:not([src^='/']):not([src^='blob:']), video, audio, math, input:not([type=checkbox][disabled], .nb-private > [type=checkbox], [type=date], [type=file]), svg script");
    const events = [...main.querySelectorAll("*")].flatMap((element) => element.getAttributeNames().filter((name) => name.startsWith("on")));
    const links = [...main.querySelectorAll("a")].map((a) => a.getAttribute("href") ?? "").filter((href) => !/^(\/app\/|https?:|mailto:)/.test(href));
    return { bad: [...bad].map((element) => element.outerHTML), events, links, pwned: (window as unknown as { pwned?: unknown }).pwned };
  });
}

const nothing = { bad: [], events: [], links: [], pwned: undefined };

// The fixture "watched" fails these for any request elsewhere, and for whatever the policy had to stop.
test("a hundred payloads in notes stay words, day after day, and their links ask first", async ({ page }) => {
  test.setTimeout(240_000);
  page.on("dialog", () => expect("a dialog was opened").toBe(""));
  for (const [i, day] of days.entries()) {
    // Within the app, so that all are looked at in time.
    if (i === 0) await page.goto(`/app/journal/${day}`);
    else await page.keyboard.press("ArrowRight");
    await expect(page.getByText(`Quagga number ${i}.`)).toBeVisible();
    expect(await strange(page), payloads[i]).toEqual(nothing);
    for (const link of await page.locator(".entry a[target=_blank]").all()) {
      await link.click();
      const dialog = page.getByRole("dialog", { name: "Leave Daybook?" });
      await expect(dialog).toBeVisible();
      await page.keyboard.press("Escape");
      await expect(dialog).toBeHidden();
    }
  }
  await page.goto(`/app/journal/${days[0]}?edit`);
  await expect(page.getByRole("textbox", { name: "Note" })).toBeVisible();
  expect(await strange(page)).toEqual(nothing);
  await page.goto(`/app/write?day=${days[1]}`);
  await page.getByRole("button", { name: "Preview" }).click();
  await expect(page.getByText("Quagga number 1.")).toBeVisible();
  expect(await strange(page)).toEqual(nothing);
});

test("addresses, names of files and what a model reads stay words", async ({ page, fake }) => {
  page.on("dialog", () => expect("a dialog was opened").toBe(""));
  const hostile = encodeURIComponent(`"><img src=x onerror=pwned=1>`);
  for (const path of [`/app/search?q=${hostile}&tag=${hostile}&from=${hostile}`, `/app/journal/note/${hostile}`, `/app/journal/${hostile}`, `/app/write?day=${hostile}`, `/app/add?day=${hostile}`, `/app/journal/2023-01-01?entry=${hostile}&at=0-9`]) {
    await page.goto(path);
    await expect(page.locator("main").getByRole("heading").first()).toBeVisible();
    await page.waitForTimeout(300);
    expect(await page.evaluate(() => [(window as unknown as { pwned?: unknown }).pwned, document.querySelectorAll("main img:not([src^='/'])").length])).toEqual([undefined, 0]);
  }

  await fake.rules([{ images: true, text: payloads.filter((text) => !text.includes("```")).slice(0, 40).join("\n\n") }]);
  await page.goto("/app/add?day=2021-05-05");
  const svg = Buffer.from(`<svg onload="pwned=1" xmlns="http://www.w3.org/2000/svg"><script>pwned=1</script></svg>`);
  await page.getByLabel("Pages to add", { exact: true }).setInputFiles([
    { name: `<img src=x onerror=pwned=1>.png`, mimeType: "image/png", buffer: png(200, 283, paper(200, 283, 1)) },
    { name: `05-05-2021"onload="pwned=1.png`, mimeType: "image/svg+xml", buffer: svg },
    { name: "x.svg", mimeType: "image/svg+xml", buffer: svg },
  ]);
  expect(await strange(page)).toEqual(nothing);
  await page.getByRole("button", { name: "Add 3 files to the journal" }).click();
  await expect(page.getByRole("button", { name: "Send again" })).toHaveCount(2);
  const way = page.getByRole("link", { name: "Open the day" });
  await expect(way).toBeVisible({ timeout: 40_000 });
  expect(await strange(page)).toEqual(nothing);
  await way.click();
  await expect(page.locator(".entry .prose").first()).toBeVisible();
  expect(await strange(page)).toEqual(nothing);
});
