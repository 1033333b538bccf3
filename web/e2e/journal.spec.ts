import { cpSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Daybook, type Fake, root } from "./daybook";
import { readable, paper, pdf, png, put } from "./scans";
import { accessible, expect, noSideways, shoot, test } from "./test";

const pageText = "We walked out to the [Kestrel?] point, and the wind took the [illegible] off the table. The xylophone stayed.\n\nLater the ferry came in late, and nobody minded. #harbour";

test.use({
  options: {
    journal: (folder) => {
      cpSync(join(root, "internal/demo/notes/journal"), folder, { recursive: true });
      put(folder, {
        "2022/06-04-2022.md": "The same day, a year before. We mended the gate. #garden\n",
        "2021/06-04-2021.md": "Two years before it rained into the soup. #garden #rain\n",
        "more/06-04-2023.md": "A second note of that day, in another folder.\n",
        "2022/06-10-2022_06-11-2022.md": "Two days in the hills, one note for both.\n",
      });
    },
    env: { DAYBOOK_MODEL_TRANSCRIPTION: "openai/gpt-4o", DAYBOOK_EVERGREEN: join(root, "internal/demo/notes/evergreen") },
  },
});

/** Two scans, of one page and of three, that a model has read. */
async function withScans(fake: Fake, daybook: Daybook) {
  await fake.rules([{ images: true, text: pageText }]);
  put(daybook.journal, {
    "2024/08-31-2024.png": png(500, 707, paper(500, 707, 3)),
    "2024/09-02-2024.pdf": pdf(400, 566, [paper(400, 566, 4), paper(400, 566, 5), paper(400, 566, 6)]),
  });
  await readable(daybook, "xylophone", "2024-08-31", "2024-09-02");
}

test("the calendar and the years lead to days, by mouse and by keys", async ({ page }) => {
  await page.goto("/app/journal");
  await expect(page.getByRole("heading", { name: "2024" })).toBeVisible();
  const calendar = page.getByRole("grid", { name: /written/ });
  await page.getByRole("button", { name: "June 2023, 2 days" }).click();
  await expect(page.getByRole("combobox", { name: "Year" })).toHaveValue("2023");
  await calendar.getByRole("link", { name: /^Sunday,? 4 June 2023/ }).focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowRight");
  await expect(calendar.getByRole("link", { name: /^Monday,? 12 June 2023, nothing written/ })).toBeFocused();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await expect(calendar.getByRole("link", { name: /14 June 2023, \d+ words/ })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/app\/journal\/2023-06-14$/);
  await expect(page.getByRole("heading", { level: 1, name: /14 June 2023/ })).toBeVisible();

  await page.goto("/app/journal");
  // The first of January 2023 was a Sunday: the last place of the first week.
  const map = page.getByRole("region", { name: "2023", exact: true }).locator("svg");
  const box = (await map.boundingBox())!;
  await page.mouse.move(box.x + (box.width / 54) * 0.5, box.y + (box.height / 7) * 6.5);
  await expect(page.locator(".year-tip")).toContainText("1 Jan 2023");
  await page.mouse.click(box.x + (box.width / 54) * 0.5, box.y + (box.height / 7) * 6.5);
  await expect(page).toHaveURL(/\/app\/journal\/2023-01-01$/);
});

test("a day has all its notes, the days around it, and itself in other years", async ({ page }) => {
  await page.goto("/app/journal/2023-06-04");
  await expect(page.getByRole("article")).toHaveCount(2);
  await expect(page.getByText("A second note of that day")).toBeVisible();
  const others = page.getByRole("region", { name: /4 June in other years/ });
  await expect(others.getByRole("link")).toHaveCount(2);
  await others.getByRole("link", { name: /mended the gate/ }).click();
  await expect(page.getByRole("heading", { level: 1, name: /4 June 2022/ })).toBeVisible();
  await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("heading", { level: 1, name: /10 June 2022/ })).toBeVisible();
  await expect(page.getByText("06-10-2022_06-11-2022", { exact: true })).toBeVisible();
  await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("heading", { level: 1, name: /11 June 2022/ })).toBeVisible();
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  await expect(page.getByRole("heading", { level: 1, name: /4 June 2021/ })).toBeVisible();
  await page.goto("/app/journal/2023-06-05");
  await expect(page.getByRole("heading", { name: "No notes for this day" })).toBeVisible();
  await page.getByRole("link", { name: "Write a note" }).click();
  await expect(page.getByRole("heading", { level: 1, name: /5 June 2023/ })).toBeVisible();
});

test("a note of no day opens, and its tags lead to others", async ({ page }) => {
  await page.goto("/app/journal");
  await page.getByRole("link", { name: "Swimming", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Swimming" })).toBeVisible();
  await expect(page.getByRole("article")).toBeVisible();
  await page.goto("/app/journal");
  await page.getByRole("button", { name: /^All \d+ tags/ }).click();
  await page.getByRole("link", { name: /^#garden/ }).click();
  await expect(page).toHaveURL(/tag=garden/);
  await expect(page.getByText("We mended the gate")).toBeVisible();
  await page.getByRole("combobox", { name: "Tag" }).selectOption("#rain");
  await expect(page.getByText("rained into the soup")).toBeVisible();
  await expect(page.getByText("We mended the gate")).toBeHidden();
});

test("a search narrows to days and tags, marks what it found, and opens the page that has it", async ({ page, fake, daybook }) => {
  await withScans(fake, daybook);
  await page.goto("/app/journal");
  await expect(page.locator(".year-map").first()).toBeVisible();
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await page.keyboard.press("/");
  await expect(page).toHaveURL(/\/app\/search/);
  await expect(page.getByRole("searchbox")).toBeFocused();
  await page.keyboard.type("zzyzx");
  await expect(page.getByRole("heading", { name: "No entry has this word" })).toBeVisible();
  await page.getByRole("searchbox").fill("xylophone"); // it is found as one types
  await expect(page.locator(".result mark").first()).toHaveText("xylophone");
  await expect(page).toHaveURL(/q=xylophone/);
  await page.getByRole("button", { name: "Any day" }).click();
  await page.getByLabel("From").fill("2024-09-01");
  await expect(page.locator(".result h2")).toHaveText([/2 September 2024/]);
  await page.getByRole("combobox", { name: "Tag" }).selectOption("#harbour");
  await expect(page).toHaveURL(/from=2024-09-01&tag=harbour/);
  await expect(page.locator(".result")).toHaveCount(1);
  await page.locator(".result h2 a").click();
  await expect(page).toHaveURL(/2024-09-02\?entry=.+&at=\d+-\d+/);
  await expect(page.locator("mark.passage").first()).toBeInViewport();
  await expect(page.getByRole("complementary", { name: "Pages of this note" })).toBeVisible();
});

test("a passage of the third page opens with it, beside its picture", async ({ page, fake, daybook }) => {
  await withScans(fake, daybook);
  const day = (await (await page.request.get("/days/2024-09-02")).json()) as { entries: { id: string; text: string; pages: { start: number; end: number }[] }[] };
  const { id, text, pages } = day.entries[0]!;
  const start = pages[2]!.start + [...text.slice(pages[2]!.start)].join("").indexOf("Later");
  await page.goto(`/app/journal/2024-09-02?entry=${id}&at=${start}-${start + 26}`);
  await expect(page.locator("mark.passage")).toHaveText("Later the ferry came in la");
  await expect(page.locator("mark.passage")).toBeInViewport();
  await expect(page.getByText("Page 3 of 3")).toBeVisible();
  await expect(page.getByRole("img", { name: /Page 3 of 2 September 2024/ })).toHaveJSProperty("complete", true);
  await page.keyboard.press("[");
  await expect(page.getByText("Page 2 of 3")).toBeVisible();
  await page.getByRole("button", { name: "Zoom in" }).click();
  await expect(page.locator(".page-view")).toHaveAttribute("data-zoomed");
  await accessible(page);
  await shoot(page, "journal-pages");
});

test("what is not sure stands out, and is stepped through", async ({ page, fake, daybook }) => {
  await withScans(fake, daybook);
  await page.goto("/app/journal/2024-08-31");
  await expect(page.getByText("2 uncertain words")).toBeVisible();
  await page.keyboard.press("u");
  await expect(page.locator("[data-current]")).toContainText("Kestrel");
  await page.keyboard.press("u");
  await expect(page.locator("[data-current]")).toHaveText("illegible");
  await page.keyboard.press("U");
  await expect(page.locator("[data-current]")).toContainText("Kestrel");
});

test("a page is transcribed again, and what it says now is shown", async ({ page, fake, daybook }) => {
  await withScans(fake, daybook);
  await page.goto("/app/journal/2024-08-31");
  await expect(page.getByText("The xylophone stayed")).toBeVisible();
  await fake.rules([{ images: true, text: "The glockenspiel stayed.", first: 3000 }]);
  await page.getByRole("button", { name: "Transcribe again" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Transcribe again" }).click();
  await expect(page.getByText("Reading the page…")).toBeVisible();
  await expect(page.getByText("The glockenspiel stayed")).toBeVisible();
  await fake.rules([{ images: true, status: 401 }]);
  await page.getByRole("button", { name: "Transcribe again" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Transcribe again" }).click();
  await expect(page.getByRole("alert")).toContainText("key");
  await fake.rules([{ images: true, text: "The celesta stayed." }]);
  await page.getByRole("alert").getByRole("button", { name: "Try again" }).click();
  await expect(page.getByText("The celesta stayed")).toBeVisible();
});

test("a note is deleted after a warning", async ({ page, daybook }) => {
  const file = join(daybook.journal, "2022/06-04-2022.md");
  expect(existsSync(file)).toBe(true);
  await page.goto("/app/journal/2022-06-04");
  await page.getByRole("button", { name: "More for this note" }).click();
  await page.getByRole("menuitem", { name: "Delete this note…" }).click();
  await expect(page.getByRole("alertdialog")).toContainText('daybook undo "2022/06-04-2022.md"');
  await page.getByRole("button", { name: "Cancel" }).click();
  expect(existsSync(file)).toBe(true);
  await page.getByRole("button", { name: "More for this note" }).click();
  await page.getByRole("menuitem", { name: "Delete this note…" }).click();
  await page.getByRole("button", { name: "Delete the note" }).click();
  await expect(page.getByText("Note deleted")).toBeVisible();
  await expect(page).toHaveURL(/\/app\/journal$/);
  expect(existsSync(file)).toBe(false);
});

test("a typed note is edited in place", async ({ page, daybook }) => {
  await page.goto("/app/journal/2022-06-04");
  await expect(page.getByText("mended the gate")).toBeVisible();
  await page.keyboard.press("e");
  const area = page.getByRole("textbox", { name: "Note" });
  await expect(area).toBeFocused();
  await area.fill("The same day, and the gate is mended for good. #garden");
  await page.keyboard.press("Control+Enter");
  await expect(area).toBeHidden();
  await expect(page.getByText("mended for good")).toBeVisible();
  expect(readFileSync(join(daybook.journal, "2022/06-04-2022.md"), "utf8")).toContain("mended for good");
});

test("the journal is accessible, and looked at", async ({ page, fake, daybook }) => {
  test.setTimeout(120_000);
  await withScans(fake, daybook);
  for (const [name, path, ready] of [
    ["whole", "/app/journal", ".year-map"],
    ["day", "/app/journal/2023-06-04", ".entry"],
    ["none", "/app/journal/2023-06-05", ".empty"],
    ["search", "/app/search?q=when+did+I+first+swim+in+the+sea", ".result"],
    ["tags", "/app/search?tag=garden", ".result"],
    ["ask", "/app/search", ".search-hints"],
  ] as const) {
    await page.goto(path);
    await expect(page.locator(ready).first()).toBeVisible();
    await accessible(page);
    await shoot(page, `journal-${name}`);
    await page.setViewportSize({ width: 360, height: 740 });
    await noSideways(page);
    await page.setViewportSize({ width: 1280, height: 800 });
  }
});

test("the journal is scrolled through, from the newest day or from a year on", async ({ page }) => {
  await page.goto("/app/journal");
  await page.getByRole("link", { name: "Read every day" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Every day" })).toBeVisible();
  const days = page.locator(".feed-entry time");
  const first = (await days.first().getAttribute("datetime")) as string;
  await expect.poll(async () => {
    await page.mouse.wheel(0, 20_000);
    return days.count();
  }).toBeGreaterThan(30);
  const all = await days.evaluateAll((list) => list.map((time) => time.getAttribute("datetime") ?? ""));
  expect(all).toEqual([...all].sort().reverse());
  const notes = await page.locator(".feed-entry h2 a").evaluateAll((list) => list.map((link) => link.getAttribute("href")));
  expect(new Set(notes).size).toBe(notes.length);
  const year = String(Number(first.slice(0, 4)) - 1);
  await page.getByRole("combobox", { name: "From year" }).selectOption(year);
  await expect(days.first()).toHaveAttribute("datetime", new RegExp(`^${year}-`));
  await accessible(page);
  await shoot(page, "journal-feed");
});

test("a name has its timeline and its days", async ({ page }) => {
  await page.goto("/app/journal");
  await page.getByRole("region", { name: "People and places" }).getByRole("link").first().click();
  await expect(page.getByText(/^On \d+ days?$/)).toBeVisible();
  await expect(page.getByRole("region", { name: "Days by year" }).getByRole("listitem").first()).toBeVisible();
  await accessible(page);
  await shoot(page, "journal-about");
  await page.getByRole("region", { name: "Days", exact: true }).getByRole("link").first().click();
  await expect(page).toHaveURL(/journal\/\d{4}-\d\d-\d\d$/);
});

test("on a phone, a month of a year’s second row is not above the days of the first", async ({ browser, daybook }) => {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  const page = await context.newPage();
  await page.goto(`${daybook.url}/app/journal`);
  const months = page.locator(".year-map + .year-months").first();
  await months.scrollIntoViewIfNeeded();
  await expect(months.getByRole("button")).not.toHaveCount(0);
  const hit = await months.evaluate((row) => {
    const map = row.previousElementSibling!.querySelector("svg")!;
    return [...row.querySelectorAll("button")].map((button) => {
      const at = button.getBoundingClientRect();
      const under = (y: number) => document.elementFromPoint(at.left + at.width / 2, y);
      return [map.contains(under(map.getBoundingClientRect().bottom - 3)), button.contains(under(at.top + 3)), button.contains(under(at.bottom - 3))];
    });
  });
  expect(new Set(hit.flat())).toEqual(new Set([true]));
  await context.close();
});

test("on a phone a day begins with its words, and is swiped through", async ({ browser, daybook }) => {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, locale: "en-GB" });
  const page = await context.newPage();
  const { days } = (await (await page.request.get(`${daybook.url}/days`)).json()) as { days: { date: string }[] };
  const [one, two] = days.slice(-3) as [{ date: string }, { date: string }];
  await page.goto(`${daybook.url}/app/journal/${one.date}`);
  const text = page.locator(".entry-words .prose > *").first();
  await expect(text).toBeVisible();
  expect((await text.boundingBox())?.y).toBeLessThan(120);
  const cdp = await context.newCDPSession(page);
  const swipe = async (from: number, to: number, dy = 0) => {
    await cdp.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [{ x: from, y: 500 }] });
    for (let i = 1; i <= 4; i++) await cdp.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: [{ x: from + ((to - from) * i) / 4, y: 500 + (dy * i) / 4 }] });
    await cdp.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  };
  await swipe(300, 100);
  await expect(page).toHaveURL(new RegExp(`${two.date}$`));
  await swipe(300, 200, 200); // that is a scroll
  await page.waitForTimeout(200);
  await expect(page).toHaveURL(new RegExp(`${two.date}$`));
  await swipe(100, 300);
  await expect(page).toHaveURL(new RegExp(`${one.date}$`));
  await context.close();
});
