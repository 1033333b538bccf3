import { readFileSync } from "node:fs";
import type { Daybook } from "./daybook";
import { accessible, expect, noSideways, shoot, test } from "./test";

async function add(daybook: Daybook, title: string, question?: string) {
  const answer = await fetch(`${daybook.url}/threads`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ title, initial_message: question }) });
  return ((await answer.json()) as { thread_id: string }).thread_id;
}

async function titles(daybook: Daybook) {
  return ((await (await fetch(`${daybook.url}/threads`)).json()) as { title: string }[]).map((t) => t.title);
}

test("an empty list says what to do", async ({ page }) => {
  await page.goto("/app/threads");
  await expect(page.getByRole("heading", { name: "No conversations yet" })).toBeVisible();
  await page.getByRole("link", { name: "Ask something" }).click();
  await expect(page.getByRole("textbox", { name: "Your question" })).toBeVisible();
});

test("threads are found, renamed, titled, exported and opened", async ({ page, daybook }) => {
  await add(daybook, "The sea in June", "When did I swim?");
  await add(daybook, "Über den Garten");
  await page.goto("/app/threads");
  await shoot(page, "threads");
  await accessible(page);
  await page.getByRole("searchbox").fill("uber gart");
  await expect(page.getByRole("link", { name: "Über den Garten" })).toBeVisible();
  await expect(page.getByRole("link", { name: "The sea in June" })).toBeHidden();
  await page.getByRole("searchbox").fill("");

  const menu = page.getByRole("button", { name: "Actions for “The sea in June”" });
  await menu.click();
  await page.getByRole("menuitem", { name: "Rename" }).click();
  await page.getByRole("textbox", { name: "Title" }).fill("Gull Steps");
  await page.getByRole("button", { name: "Rename" }).click();
  await expect(page.getByRole("link", { name: "Gull Steps" })).toBeVisible();
  expect(await titles(daybook)).toContain("Gull Steps");

  await page.getByRole("button", { name: "Actions for “Gull Steps”" }).click();
  for (const [name, inside] of [["Markdown", "## You"], ["JSON", '"threads"']] as const) {
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("menuitem", { name: `Export as ${name}` }).click()]);
    expect(readFileSync(await download.path(), "utf8")).toContain(inside);
    await page.getByRole("button", { name: "Actions for “Gull Steps”" }).click();
  }
  await expect(page.getByRole("menuitem", { name: "Rename" })).toBeVisible();
  await page.getByRole("menuitem", { name: "Rename" }).hover();
  await expect(async () => {
    await page.keyboard.press("Escape");
    await expect(page.getByRole("menuitem", { name: "Rename" })).toBeHidden({ timeout: 1000 });
  }).toPass();

  await page.getByRole("link", { name: "Gull Steps" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Gull Steps" })).toBeVisible();
  await expect(page.getByRole("heading", { name: "When did I swim?" })).toBeVisible();
});

test("a menu works with arrows, Home, End, letters and Tab, and gives the focus back", async ({ page, daybook }) => {
  await add(daybook, "The garden");
  await add(daybook, "The sea");
  await page.goto("/app/threads");
  const button = page.getByRole("button", { name: "Actions for “The sea”" });
  const menu = page.getByRole("menu");
  const item = (name: string) => page.getByRole(/^(System|Dark)$/.test(name) ? "menuitemradio" : "menuitem", { name });
  const goes = async (key: string, name: string) => {
    await page.keyboard.press(key);
    await expect(item(name)).toBeFocused();
  };
  await button.focus();
  await goes("Enter", "Rename…");
  await goes("ArrowUp", "Delete");
  await goes("ArrowDown", "Rename…");
  await goes("End", "Delete");
  await goes("Home", "Rename…");
  await goes("e", "Export as Markdown");
  await goes("e", "Export as JSON"); // the next one
  await page.waitForTimeout(800); // longer than between two letters of a name
  await page.keyboard.type("export as m");
  await expect(item("Export as Markdown")).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(menu).toBeHidden();
  await expect(button).toBeFocused();
  await goes("ArrowUp", "Delete");
  await page.keyboard.press("Tab");
  await expect(menu).toBeHidden();
  await expect(page.getByRole("link", { name: "The garden" })).toBeFocused();
  // A pointer highlights nothing by itself.
  await button.click();
  await expect(menu).toBeFocused();
  await goes("ArrowUp", "Delete");
  await page.getByRole("searchbox").evaluate((field: HTMLElement) => field.focus());
  await expect(menu).toBeHidden();
  await expect(page.getByRole("searchbox")).toBeFocused();
  // The mark of a chosen item is not a part of its name.
  await page.getByRole("button", { name: "Theme" }).click();
  await goes("d", "Dark");
  await page.waitForTimeout(800);
  await goes("s", "System");
});

test("a tap beside a menu only closes it", async ({ browser, daybook }) => {
  await add(daybook, "The garden");
  await add(daybook, "The sea");
  const phone = await (await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })).newPage();
  await phone.goto(`${daybook.url}/app/threads`);
  await phone.getByRole("button", { name: "Actions for “The garden”" }).tap();
  await expect(phone.getByRole("menu")).toBeVisible();
  const link = phone.getByRole("link", { name: "The sea" });
  await link.tap();
  await expect(phone.getByRole("menu")).toBeHidden();
  await phone.waitForTimeout(300);
  expect(phone.url()).toMatch(/\/app\/threads$/);
  await link.tap();
  await expect(phone).toHaveURL(/\/app\/ask\//);
  await phone.context().close();
});

test("a title that is being typed stays when its row is not there any more", async ({ page, daybook }) => {
  for (let i = 0; i < 60; i++) await add(daybook, `Walk ${i}`);
  await page.goto("/app/threads");
  await page.getByRole("button", { name: "Actions for “Walk 59”" }).click();
  await page.getByRole("menuitem", { name: "Rename…" }).click();
  await page.getByRole("textbox", { name: "Title" }).fill("A walk to the mill");
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  await expect(page.locator(".thread-title", { hasText: "Walk 59" })).toHaveCount(0);
  await expect(page.getByRole("textbox", { name: "Title" })).toHaveValue("A walk to the mill");
  await page.keyboard.press("Enter");
  await expect.poll(() => titles(daybook)).toContain("A walk to the mill");
});

test("threads are found by the words of their messages, which are shown", async ({ page, daybook }) => {
  await add(daybook, "Summer", "When was the café by the harbour open?");
  await add(daybook, "Winter", "Who lit the lamp?");
  await page.goto("/app/threads");
  await expect(page.getByRole("searchbox")).toBeVisible();
  await page.keyboard.press("f");
  await expect(page.getByRole("searchbox")).toBeFocused();
  await page.getByRole("searchbox").pressSequentially("Cafe harb");
  const found = page.getByRole("listitem").filter({ hasText: "Summer" });
  await expect(found).toContainText("You asked: When was the café by the harbour open?");
  await expect(found.locator("mark")).toHaveText(["café", "harbour"]);
  await expect(page.getByRole("link", { name: "Winter" })).toBeHidden();
  await expect(page.getByText("1 conversation of 2")).toBeVisible();
  await accessible(page);
  await shoot(page, "threads-found");
  await page.setViewportSize({ width: 360, height: 740 });
  await noSideways(page);
  await page.getByRole("searchbox").fill("zeppelin");
  await expect(page.getByRole("heading", { name: "No conversation has these words" })).toBeVisible();
  await page.getByRole("searchbox").fill("");
  await expect(page.getByRole("link", { name: "Winter" })).toBeVisible();
  await expect(found.locator("mark")).toHaveCount(0);
});

test("a model writes a title", async ({ page, daybook, fake }) => {
  await fake.rules([{ wants: "title", text: "Mornings in cold water" }, { wants: "response", text: "In June." }]);
  await page.goto("/app/ask");
  await page.getByRole("button", { name: /Model:/ }).click();
  await page.getByRole("menuitemradio", { name: "m-1", exact: true }).click();
  await page.getByRole("textbox", { name: "Your question" }).fill("When did I swim?");
  await page.keyboard.press("Enter");
  await expect(page.getByText("In June.", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: /Actions for/ }).click();
  await page.getByRole("menuitem", { name: "Generate title" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Mornings in cold water" })).toBeVisible();
  expect(await titles(daybook)).toEqual(["Mornings in cold water"]);
});

test("a deletion can be undone, and happens when the page is left", async ({ page, daybook }) => {
  await add(daybook, "Kept");
  await add(daybook, "Lost");
  await page.goto("/app/threads");
  for (const title of ["Kept", "Lost"]) {
    await page.getByRole("button", { name: `Actions for “${title}”` }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await expect(page.getByRole("link", { name: title })).toBeHidden();
    if (title === "Kept") {
      await page.getByRole("button", { name: "Undo" }).click();
      await expect(page.getByRole("link", { name: title })).toBeVisible();
    }
  }
  expect((await titles(daybook)).sort()).toEqual(["Kept", "Lost"]);
  await page.goto("about:blank");
  await expect.poll(() => titles(daybook)).toEqual(["Kept"]);
});

test("a deletion that could not be told as the page was left is told later", async ({ page, daybook }) => {
  await add(daybook, "Kept");
  await add(daybook, "Lost");
  await page.goto("/app/threads");
  await page.getByRole("button", { name: "Actions for “Lost”" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await expect(page.getByRole("link", { name: "Lost" })).toBeHidden();
  await daybook.kill();
  await page.goto("about:blank");
  await daybook.run();
  expect((await titles(daybook)).sort()).toEqual(["Kept", "Lost"]);
  await page.goto("/app/status"); // in any room
  await expect.poll(() => titles(daybook), { timeout: 20_000 }).toEqual(["Kept"]);
  await expect.poll(() => page.evaluate(() => localStorage.getItem("daybook.deletions"))).toBeNull();
});

test("a conversation that is gone says so", async ({ page }) => {
  await page.goto("/app/ask/00000000-0000-4000-8000-000000000000");
  await expect(page.getByRole("heading", { name: "Conversation not found" })).toBeVisible();
  await page.getByRole("button", { name: "Start another" }).click();
  await expect(page.getByRole("textbox", { name: "Your question" })).toBeVisible();
});

test("5,000 threads open quickly, and scroll without a blank", async ({ page, daybook }) => {
  const all = Array.from({ length: 5000 }, (_, i) => i);
  for (let i = 0; i < all.length; i += 50) await Promise.all(all.slice(i, i + 50).map((n) => add(daybook, `Conversation ${n}`)));
  await page.goto("/app/status");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await page.waitForTimeout(3000); // the rooms are at hand
  const server = await page.evaluate(async () => {
    const began = performance.now();
    const threads = (await (await fetch("/threads")).json()) as unknown[];
    return { took: performance.now() - began, count: threads.length };
  });
  // From the press to the picture in which the list stands, what the server says included.
  const took = await page.evaluate(async () => {
    const began = performance.now();
    (document.querySelector('a[href="/app/threads"]') as HTMLElement).click();
    while (document.querySelectorAll(".thread").length < 10) await new Promise((done) => requestAnimationFrame(done));
    return performance.now() - began;
  });
  console.log(`${server.count} threads open in ${Math.round(took)} ms, of which the server takes about ${Math.round(server.took)}`);
  expect(took).toBeLessThanOrEqual(200 * Number(process.env.BAR_SLACK ?? 8)); // 1 is the bar of a quiet machine
  const blanks = await page.evaluate(async () => {
    let blank = 0;
    for (let i = 0; i < 60; i++) {
      scrollBy(0, 700);
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
      const middle = document.elementsFromPoint(innerWidth / 2 + 50, innerHeight / 2).some((e) => e.closest(".threads-list > li"));
      if (!middle) blank++;
    }
    return blank;
  });
  expect(blanks).toBe(0);
  await page.setViewportSize({ width: 360, height: 740 });
  await noSideways(page);
});
