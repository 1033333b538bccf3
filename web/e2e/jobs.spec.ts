import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { money } from "../src/lib/amounts";
import { expect, noSideways, test } from "./test";
import { paper, png } from "./scans";

// What people do, one job after the other, where something was in their way.

// The page's time zone is UTC, and so is the day that the notes are of.
test.use({ timezoneId: "UTC" });
const now = new Date().toISOString().slice(0, 10);
const thisYear = Number(now.slice(0, 4));
// Years before it that have this day, too: 29 February has few.
const [latest, earlier, earliest] = now.endsWith("02-29") ? ([2020, 2016, 2012] as const) : ([thisYear - 1, thisYear - 2, thisYear - 3] as const);
const day = (year: number) => `${year}${now.slice(4)}`;

test.describe("a first run", () => {
  test.use({ firstRun: true, options: { generatedToken: true } });

  test("starts a journal in a new folder", async ({ page, daybook }) => {
    await page.goto(daybook.link);
    const folder = join(daybook.folder, "Journal");
    const path = page.getByLabel("The journal’s folder");
    await path.fill(join(daybook.folder, "no", "where"));
    await expect(page.locator("#journal-found")).toContainText("This folder does not exist.");
    await expect(page.getByRole("button", { name: "Open this journal" })).toBeDisabled();
    await path.fill(folder);
    const create = page.getByRole("button", { name: "Create this folder" });
    await expect(create).toBeEnabled();
    expect(existsSync(folder)).toBe(false);
    await create.click();
    await expect(page.getByText("Your journal has no notes yet.")).toBeVisible();
    await page.getByLabel("Paste a key").fill("0123456789abcdef");
    await expect(page.getByText("You can add its provider in Settings.")).toBeVisible();
    await expect(page.getByRole("button", { name: "Use this key" })).toBeDisabled();
    await page.getByRole("button", { name: "Write today’s note" }).click();
    await page.getByRole("textbox", { name: /^Note of/ }).fill("The first page.");
    await expect(page.getByText(/^Saved at/)).toBeVisible();
    expect(readdirSync(folder).filter((name) => name.endsWith(".md"))).toHaveLength(1);
  });

  test("says of a folder without days that its notes will be skipped", async ({ page, daybook }) => {
    const folder = join(daybook.folder, "recipes");
    mkdirSync(folder);
    for (const name of ["bread", "soup"]) writeFileSync(join(folder, `${name}.md`), "Salt.\n");
    await page.goto(daybook.link);
    await page.getByLabel("The journal’s folder").fill(folder);
    await expect(page.locator("#journal-found")).toContainText("2 notes with other names will be skipped.");
    await expect(page.locator(".setup-found[data-good]")).toHaveCount(0);
  });
});

test.describe("with pictures", () => {
  test.use({
    options: {
      journal: (folder) => {
        writeFileSync(join(folder, "mill.png"), png(80, 60, paper(80, 60, 3)));
        writeFileSync(join(folder, `${day(latest)}.md`), "At the [[Mill]] with Oda.\n\n![[mill.png]]\n");
        writeFileSync(join(folder, `${day(earlier)}.md`), "![[mill.png]]\n");
        writeFileSync(join(folder, `${day(earliest)}.md`), `See [[${day(latest)}]] and ${"Donaudampfschifffahrt".repeat(6)}.\n`);
      },
    },
  });

  test("a photograph is all of today’s note, and words come later", async ({ page, daybook }) => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto("/app/write");
    const text = page.getByRole("textbox", { name: /^Note of/ });
    await expect(text).toBeVisible();
    const chosen = page.waitForEvent("filechooser");
    await page.getByRole("button", { name: "Add photos" }).click();
    await (await chosen).setFiles(join(daybook.journal, "mill.png"));
    await expect(page.getByText(/^Saved at/)).toBeVisible();
    await expect(page.getByText("0 words")).toBeVisible();
    await expect(page.getByRole("list", { name: "Pictures in this note" }).getByRole("img")).toHaveCount(1);
    await text.press("Control+Home");
    await text.pressSequentially("Hello.\n\n");
    await expect(page.getByText("1 word", { exact: true })).toBeVisible();
    await expect(page.getByText(/^Saved at/)).toBeVisible();
  });

  test("pictures as Markdown are shown below the text, and are not words", async ({ page, daybook }) => {
    const picture = png(80, 60, paper(80, 60, 4));
    mkdirSync(join(daybook.journal, "assets"), { recursive: true });
    writeFileSync(join(daybook.journal, "assets", "the boat.png"), picture);
    writeFileSync(join(daybook.journal, "2024-05-07.md"), 'Hello there.\n\n![](assets/the%20boat.png)\n![The mill](<mill.png> "At noon") ![[the boat.png|300]]\n');
    await expect(async () => {
      await page.goto("/app/write?day=2024-05-07");
      await expect(page.getByText("2 words", { exact: true })).toBeVisible({ timeout: 2000 });
    }).toPass({ timeout: 20_000 });
    const pictures = page.getByRole("list", { name: "Pictures in this note" }).getByRole("img");
    await expect(pictures).toHaveCount(3);
    for (const img of await pictures.all()) await expect.poll(() => img.evaluate((i: HTMLImageElement) => i.naturalWidth)).toBeGreaterThan(0);
  });

  test("a phone’s camera is one tap away from today’s note", async ({ browser, daybook }) => {
    const phone = await (await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })).newPage();
    await phone.goto(`${daybook.url}/app/write`);
    const bar = phone.getByRole("toolbar", { name: "Formatting" });
    const camera = bar.getByRole("button", { name: "Take a photo" });
    await expect(camera).toBeVisible();
    expect(await bar.evaluate((all) => all.scrollWidth - all.clientWidth)).toBeLessThanOrEqual(0);
    const chosen = phone.waitForEvent("filechooser");
    await camera.tap();
    await (await chosen).setFiles(join(daybook.journal, "mill.png"));
    await expect(phone.getByRole("textbox", { name: /^Note of/ })).toHaveValue(/^!\[\[mill.*\.png\]\]/);
    await phone.context().close();
  });

  test("this day in other years is shown with its pictures", async ({ page }) => {
    await page.goto("/app/ask");
    const glimpses = page.locator(".home-card .glimpse");
    await expect(glimpses).toHaveCount(3);
    await expect(glimpses.nth(0)).toContainText("At the Mill with Oda.");
    await expect(glimpses.nth(0).locator("img")).toHaveJSProperty("complete", true);
    expect(await glimpses.nth(0).locator("img").evaluate((img: HTMLImageElement) => img.naturalWidth)).toBeGreaterThan(0);
    await expect(glimpses.nth(1)).toContainText("A picture");
    await expect(glimpses.nth(2).locator("img")).toHaveCount(0);
  });

  test("a task that cannot be ticked has its box beside its words", async ({ page, daybook }) => {
    writeFileSync(join(daybook.journal, "2024-05-06.md"), "- [ ] ring Oda\n");
    const box = page.locator(".entry-words svg.task-box, .feed svg.task-box").first();
    await expect(async () => {
      await page.goto("/app/journal/feed");
      await expect(box).toBeVisible({ timeout: 2000 });
    }).toPass({ timeout: 20_000 });
    const item = await box.locator("xpath=ancestor::li[1]").boundingBox();
    expect(item?.height).toBeLessThan(40); // one line
  });

  test("a long word in a link from another day is not cut", async ({ page }) => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto(`/app/journal/${day(latest)}`);
    const links = page.getByRole("region", { name: "1 link from other notes" });
    await expect(links).toBeVisible();
    const excerpt = links.locator("p");
    expect(await excerpt.evaluate((p) => p.scrollWidth - p.clientWidth)).toBeLessThanOrEqual(0);
    await noSideways(page);
  });

  test("a tag is on a day once", async ({ page, daybook }) => {
    writeFileSync(join(daybook.journal, "2024-05-04.md"), "---\ntags: [travel]\n---\nPlanted beans. #garden/beans, #Sea.\n");
    await expect(async () => {
      await page.goto("/app/journal/2024-05-04");
      await expect(page.getByRole("list", { name: "Tags of this note" }).getByRole("link")).toHaveText(["#travel"]);
    }).toPass({ timeout: 20_000 });
    await expect(page.locator(".entry a.tag")).toHaveText(["#garden/beans", "#Sea"]);
  });

  test("a tag of the front matter is shown though an address or code has its letters", async ({ page, daybook }) => {
    writeFileSync(join(daybook.journal, "2024-05-05.md"), "---\ntags: [about, code, fence, link, sea]\n---\nSee https://example.org/#about and `#code` and [there](there.md#link). #Sea\n\n```\n#fence\n```\n");
    await expect(async () => {
      await page.goto("/app/journal/2024-05-05");
      await expect(page.getByRole("list", { name: "Tags of this note" }).getByRole("link")).toHaveText(["#about", "#code", "#fence", "#link"]);
    }).toPass({ timeout: 20_000 });
  });

  test("a day that does not exist leads back to the journal", async ({ page }) => {
    await page.goto("/app/journal/2025-02-31");
    await page.getByRole("link", { name: "Open the journal" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Journal" })).toBeVisible();
  });

  test("what is typed while the palette loads is in it", async ({ page }) => {
    await page.route(/\/assets\/more-/, async (route) => {
      await new Promise((done) => setTimeout(done, 700));
      await route.continue();
    });
    await page.goto("/app/journal");
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await page.keyboard.press("Control+k");
    await page.keyboard.type("gwood?");
    await expect(page.getByRole("combobox", { name: "Go to a day, search, or ask" })).toHaveValue("gwood?");
    await expect(page).toHaveURL(/\/app\/journal$/);
    await page.keyboard.type("x");
    await expect(page.getByRole("combobox", { name: "Go to a day, search, or ask" })).toHaveValue("gwood?x");
  });

  test("what is typed for a palette that does not come is in the note", async ({ page }) => {
    let mode: "hold" | "fail" | "load" = "fail";
    const held: (() => void)[] = [];
    await page.route(/\/assets\/more-/, async (route) => {
      if (mode === "hold") await new Promise<void>((done) => held.push(done));
      await (mode === "load" ? route.continue() : route.abort());
    });
    await page.goto("/app/write?day=2024-05-08");
    const note = page.getByRole("textbox", { name: /^Note of/ });
    const palette = page.getByRole("combobox", { name: "Go to a day, search, or ask" });
    await expect(note).toBeFocused();
    await page.keyboard.type("One");
    await page.keyboard.press("Control+k");
    await page.keyboard.type(" two");
    await expect(note).toHaveValue("One two");
    mode = "hold";
    await page.keyboard.press("Control+k");
    await page.keyboard.type(" three");
    await expect(note).toHaveValue("One two");
    await page.keyboard.press("Control+k");
    await expect(note).toHaveValue("One two three");
    await page.keyboard.press("Control+k");
    await page.keyboard.type(" fourr");
    await page.keyboard.press("Backspace");
    await page.keyboard.press("Enter");
    await expect(note).toHaveValue("One two three four", { timeout: 8000 });
    await expect(note).toBeFocused();
    mode = "load";
    held.forEach((go) => go());
    await expect(palette).toBeHidden();
    await page.keyboard.press("Control+k");
    await expect(palette).toBeFocused();
    await page.keyboard.press("Escape");
    await expect(note).toBeFocused();
    await expect(note).toHaveValue("One two three four");
  });
});

test.describe("an answer", () => {
  test("shows links between notes as words, and citations in any brackets", async ({ page, fake }) => {
    await fake.rules([{ wants: "response", text: "You met [[Oda|Oda Blum]] on [[2024-05-04]] [[1]] ![[boat.jpg]]" }]);
    await page.goto("/app/ask");
    await page.getByRole("button", { name: /Model:/ }).click();
    await page.getByRole("menuitemradio", { name: "m-1", exact: true }).click();
    await page.getByRole("textbox", { name: "Your question" }).fill("When was I in the sea?");
    await page.keyboard.press("Enter");
    const answer = page.getByRole("article", { name: "Answer" });
    await expect(answer).toHaveAttribute("aria-busy", "false");
    const text = answer.locator(".answer-text");
    await expect(text.getByRole("link", { name: "Oda Blum" })).toBeVisible();
    await expect(text.getByRole("link", { name: "2024-05-04" })).toHaveAttribute("href", /\/app\/journal\/2024-05-04$/);
    await expect(text.getByRole("button", { name: /^Source 1: / })).toBeVisible();
    expect(await text.innerText()).not.toContain("![[");
  });

  test("of an earlier day still quotes its sources, and shares their days", async ({ page, context, fake }) => {
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await fake.rules([{ wants: "response", text: "You went in [1], and again [2], with [[Oda|her]] ![[sea.png]]." }]);
    await page.goto("/app/ask");
    await page.getByRole("button", { name: /Model:/ }).click();
    await page.getByRole("menuitemradio", { name: "m-1", exact: true }).click();
    await page.getByRole("textbox", { name: "Your question" }).fill("When was I in the sea?");
    await page.keyboard.press("Enter");
    await expect(page.getByRole("article", { name: "Answer" })).toHaveAttribute("aria-busy", "false");
    const share = async () => {
      await page.evaluate(() => navigator.clipboard.writeText(""));
      await page.getByRole("button", { name: "Share" }).click();
      await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toContain("\n\nSources\n[1]");
      return page.evaluate(() => navigator.clipboard.readText());
    };
    const first = await share();
    expect(first).toContain("You went in [1], and again [2], with her");
    expect(first).not.toMatch(/!|\[\[/);
    expect(first.match(/“/g)).toHaveLength(2);
    await page.reload();
    const sources = page.getByRole("group", { name: "Sources" });
    await expect(sources.locator(".source-words").first()).toContainText(/\w{4}/);
    // The words at its places may be others by now.
    expect(await share()).not.toContain("“");
    await sources.getByRole("button").first().click();
    await expect(page.locator("mark.passage").first()).toBeVisible();
  });
});

test("a phone’s back gesture closes a passage, and not the conversation", async ({ browser, daybook }) => {
  const phone = await (await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })).newPage();
  // The browser makes the same request to close of Escape, here without what the page itself does with that key.
  await phone.addInitScript(() => addEventListener("keydown", (event) => event.key === "Escape" && event.stopImmediatePropagation(), true));
  await phone.goto(`${daybook.url}/app/ask`);
  await phone.getByRole("textbox", { name: "Your question" }).fill("When was I in the sea?");
  await phone.getByRole("button", { name: "Ask", exact: true }).tap();
  await expect(phone).toHaveURL(/\/app\/ask\/[0-9a-f-]+$/);
  const address = phone.url();
  await phone.getByRole("button", { name: /^Source 1: / }).first().tap();
  const passage = phone.getByRole("dialog");
  await expect(passage).toBeVisible();
  await phone.keyboard.press("Escape");
  await expect(passage).toBeHidden();
  expect(phone.url()).toBe(address);
  await phone.context().close();
});

test("a question from right to left is shown so", async ({ page }) => {
  await page.goto("/app/ask");
  await page.getByRole("textbox", { name: "Your question" }).fill("מתי הלכתי לים?");
  await page.keyboard.press("Enter");
  const asked = page.locator("h2.asked-text");
  await expect(asked).toHaveCSS("direction", "rtl");
  await expect(page.getByRole("article", { name: "Answer" })).toHaveAttribute("aria-busy", "false");
  await page.reload();
  await expect(asked).toHaveCSS("direction", "rtl");
  await page.goto("/app/ask");
  await expect(page.locator(".recent-item span").first()).toHaveCSS("direction", "rtl");
});

test("nothing costs nothing, and not less", () => {
  for (const amount of [0, 1e-9]) expect(money(amount, "USD")).not.toMatch(/[-−]/);
  expect(money(0.001, "USD")).toContain("0.01");
});
