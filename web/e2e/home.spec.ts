import { cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./daybook";
import { suggest, termsOf } from "../src/rooms/home/suggestions";
import { parseDay } from "../src/lib/parseday";
import { accessible, expect, noSideways, shoot, test } from "./test";

// The page's time zone is UTC, and so is the day that its notes are of.
const now = new Date().toISOString().slice(0, 10);
const thisYear = Number(now.slice(0, 4));
// A year before it that has this day, too: 29 February has few.
const [earlier, earliest] = now.endsWith("02-29") ? ([2020, 2016] as const) : ([2019, 2018] as const);
const named = (year: number) => `${now.slice(5)}-${year}.md`;

test.use({
  timezoneId: "UTC",
  options: {
    journal: (folder: string) => {
      cpSync(join(root, "internal/demo/notes/journal"), folder, { recursive: true });
      // Home shows three other years, and the demo has notes of this day on some days.
      for (const year of [2023, 2024]) rmSync(join(folder, String(year), named(year)), { force: true });
      writeFileSync(join(folder, named(thisYear)), "Rain until noon. **Ursula** rang about the boat. <b>Wet</b> <img src=x onerror=alert(1)>\n\n- [ ] buy rope\n");
      writeFileSync(join(folder, named(earlier)), "The first frost, and apples from Tomás.\n");
      writeFileSync(join(folder, named(earliest)), "---\nprivate: true\n---\nWritten by hand & kept.\n");
      for (const n of [1, 2, 3]) writeFileSync(join(folder, `02-0${n}-2020.md`), "---\nprivate: true\n---\nI met Morwenna. It was good to see Morwenna.\n");
    },
  },
});

test("Home has today's note, this day in other years, and questions from the journal's own names", async ({ page }) => {
  await page.goto("/");
  const question = page.getByRole("textbox", { name: "Your question" });
  await expect(question).toBeFocused();
  const today = page.getByRole("region", { name: "Today" });
  await expect(today).toContainText("Rain until noon. Ursula rang about the boat.");
  await expect(today).not.toContainText("**");
  await expect(today.getByRole("link", { name: "Continue writing" })).toBeVisible();
  await expect(page.getByRole("region", { name: "On this day" })).toContainText("The first frost");
  const picks = page.getByRole("list", { name: "Suggested questions" }).getByRole("button");
  await expect(picks).toHaveCount(4);
  const all = (await picks.allTextContents()).join(" ");
  expect(all).toMatch(/Edie|Mum|Tomás|Ursula|Dad|René/);
  await accessible(page);
  await shoot(page, "home");
  await page.setViewportSize({ width: 390, height: 844 });
  await noSideways(page);
  const asked = await picks.first().textContent();
  await picks.first().click();
  await expect(page.getByRole("heading", { level: 2, name: asked as string })).toBeVisible();
  await expect(page.getByRole("article", { name: "Answer" })).toHaveAttribute("aria-busy", "false");
  await page.goto("/");
  await page.getByRole("region", { name: "Recent conversations" }).getByRole("link", { name: asked as string }).click();
  await expect(page).toHaveURL(/\/app\/ask\/[0-9a-f-]+$/);
});

test("Home's first words are there before the program, and stay where they are", async ({ page }) => {
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route(/\/assets\/index-[^/]*\.js$/, async (route) => {
    await held;
    await route.continue();
  });
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto("/", { waitUntil: "commit" });
  const today = page.getByRole("region", { name: "Today" });
  const before = page.getByRole("region", { name: "On this day" });
  await expect(today).toContainText("Rain until noon. Ursula rang about the boat.");
  await expect(before).toContainText("The first frost");
  await expect(before).toContainText("Written by hand & kept.");
  await expect(today).toContainText("<b>Wet</b> <img src=x onerror=alert(1)>");
  expect(await page.locator(".home img, .home b").count()).toBe(0);
  await expect(page.locator(".greeting-day")).toHaveText(new RegExp(String(thisYear)));
  const question = page.getByRole("textbox", { name: "Your question" });
  await expect(question).toHaveCount(0);
  const seen = () =>
    page.locator(".greeting-day, .greeting-title, .home-card h2, .home-note, .glimpse time, .glimpse span[dir], .home-card .button").evaluateAll((all) =>
      all.map((element) => {
        const { x, y, width, height } = element.getBoundingClientRect();
        return [element.textContent?.trim(), ...[x, y, width, height].map(Math.round)];
      }),
    );
  const first = await seen();
  expect(first.length).toBeGreaterThan(8);
  release();
  await expect(question).toBeVisible();
  await expect(page.getByRole("list", { name: "Suggested questions" }).getByRole("button").first()).toBeVisible();
  await expect(page.locator(".boot-home")).toHaveCount(0);
  expect(await seen()).toEqual(first);
});

test("a name of private notes is not suggested, as a question may be sent to a provider", async ({ daybook }) => {
  const names = async (query: string) => termsOf((await (await fetch(`${daybook.url}/almanac${query}`)).json()) as Parameters<typeof termsOf>[0]);
  expect(await names("")).toContain("Morwenna");
  expect(await names("?public=true")).not.toContain("Morwenna");
});

test("suggestions differ from day to day, and never name a term twice", () => {
  const terms = ["Ana", "Ben", "Cleo", "Dan", "Eve", "Finn", "Gus"];
  const first = suggest(terms, "2026-11-30");
  expect(first).toHaveLength(4);
  expect(new Set(first).size).toBe(4);
  expect(suggest(terms, "2026-12-01")).not.toEqual(first);
  expect(suggest(["Ana"], "2026-11-30").length).toBeGreaterThan(1);
  expect(suggest([], "2026-11-30").join(" ")).toContain("this time last year");
});

test("text that is not saved is told of on Home", async ({ page }) => {
  await page.goto("/");
  await page.evaluate(() => localStorage.setItem("daybook.draft.2021-03-04", JSON.stringify({ text: "Not yet.", base: "", etag: null })));
  await page.reload();
  await page.getByRole("region", { name: "Needs attention" }).getByRole("link", { name: "Text for 4 March 2021 is not saved yet" }).click();
  await expect(page).toHaveURL(/\/app\/write\?day=2021-03-04/);
});

test("Ctrl+K goes to a day, a conversation and a room, searches, and asks", async ({ page }) => {
  await page.goto("/app/ask");
  await expect(page.getByRole("textbox", { name: "Your question" })).toBeFocused();
  const palette = page.getByRole("dialog", { name: "Go to" });
  const field = palette.getByRole("combobox");
  const open = async (typed: string) => {
    await page.keyboard.press("Control+k");
    await expect(field).toBeFocused();
    await field.fill(typed);
  };
  await open("4 june 2023");
  await expect(palette.getByRole("option", { selected: true })).toContainText(/Sunday,? 4 June 2023/);
  await accessible(page);
  await shoot(page, "palette");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/app\/journal\/2023-06-04/);
  await open("what about the ferry");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 2, name: "what about the ferry" })).toBeVisible();
  await expect(page).toHaveURL(/\/app\/ask\/[0-9a-f-]+$/);
  const conversation = page.url();
  await open("lemon cake");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/app\/search\?q=lemon\+cake/);
  await open("years");
  await palette.getByRole("option", { name: /Years/ }).click();
  await expect(page).toHaveURL(/\/app\/years/);
  await open("about ferry");
  await palette.getByRole("option", { name: /Conversation$/ }).click();
  await expect(page).toHaveURL(conversation);
  await open("nothing that is there");
  await page.keyboard.press("Escape");
  await expect(palette).toBeHidden();
});

test("days are understood as people write them", () => {
  const now = "2026-11-30";
  for (const [typed, day] of Object.entries({
    "2019-06-04": "2019-06-04",
    "4 June 2019": "2019-06-04",
    "June 4th, 2019": "2019-06-04",
    "4 jun": "2026-06-04",
    "24 december": "2025-12-24",
    "june 2019": "2019-06-01",
    yesterday: "2026-11-29",
    "31/12/2019": "2019-12-31",
    "30 february 2020": "",
    "what did I do in june": "",
    "4": "",
    may: "",
    "a june 4": "",
    "": "",
  })) expect(parseDay(typed, now), typed).toBe(day);
});

test.describe("on particular days", () => {
  const days = [["2024-02-29", "2020-02-29"], ["2024-12-31", "2019-12-31"], ["2025-01-01", "2019-01-01"]] as const;
  test.use({
    options: {
      journal: (folder: string) => {
        for (const day of days.flat()) writeFileSync(join(folder, `${day.slice(5)}-${day.slice(0, 4)}.md`), `Wrote on ${day}.\n`);
      },
    },
  });

  test("Home has the note of today, and that of the same day in other years", async ({ page }) => {
    for (const [today, before] of days) {
      await page.clock.setFixedTime(`${today}T23:30:00Z`);
      await page.goto("/");
      await expect(page.locator(".greeting-day")).toContainText(today.slice(0, 4));
      await expect(page.getByRole("region", { name: "Today" })).toContainText(`Wrote on ${today}.`);
      const others = page.getByRole("region", { name: "On this day" });
      await expect(others).toContainText(`Wrote on ${before}.`);
      await expect(others.getByText("Wrote on")).toHaveCount(1);
    }
  });
});
