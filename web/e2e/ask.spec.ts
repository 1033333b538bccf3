import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { accessible, expect, noSideways, shoot, test } from "./test";

const long = Array.from({ length: 40 }, (_, i) => `Paragraph ${i} says that the sea was cold and that you went in all the same [1].`).join("\n\n");

async function ask(page: Page, question: string) {
  await page.getByRole("textbox", { name: "Your question" }).fill(question);
  await page.getByRole("button", { name: "Ask", exact: true }).click();
}

async function choose(page: Page, model: string) {
  await page.getByRole("button", { name: /Model:/ }).click();
  await page.getByRole("menuitemradio", { name: model, exact: true }).click();
  await expect(page.getByRole("button", { name: `Model: ${model}` })).toBeVisible();
}

test("an offline answer looks like what it is, and cites its days", async ({ page }) => {
  await page.goto("/");
  await accessible(page);
  await shoot(page, "ask-welcome");
  await ask(page, "When did I swim in the sea for the first time?");
  const answer = page.getByRole("article", { name: "Answer" });
  await expect(answer).toContainText("No model wrote it");
  await expect(answer).toContainText("FIRST TIME IN THE SEA");
  await expect(page).toHaveURL(/\/app\/ask\/[0-9a-f-]+$/);
  await expect(answer.getByRole("button", { name: "Source 1: 4 June 2023" }).first()).toBeVisible();
  await accessible(page);
  await shoot(page, "ask-offline");
  await page.setViewportSize({ width: 360, height: 740 });
  await noSideways(page);
});

test("a note without a day opens as what it is", async ({ page }) => {
  await page.goto("/app/ask");
  await ask(page, "The lemon cake that sinks: weigh the eggs, two lemons");
  await page.getByRole("article", { name: "Answer" }).getByRole("button", { name: /^Source \d: Recipes$/ }).first().click();
  const passage = page.getByRole("complementary", { name: "Cited passage" });
  await expect(passage.getByRole("heading", { name: /Recipes/ })).toBeVisible();
  await expect(passage.getByRole("link", { name: "Open the day" })).toHaveCount(0);
  await passage.getByRole("link", { name: "Open the note" }).click();
  await expect(page).toHaveURL(/\/app\/journal\/note\/[0-9a-f-]+\?entry=.*&at=\d+-\d+/);
  await expect(page.getByRole("heading", { level: 1, name: "Recipes" })).toBeVisible();
  await expect(page.locator("mark.passage").first()).toBeInViewport();
});

test("a model's answer streams, with what was looked at, and its source opens in its day", async ({ page, fake }) => {
  await fake.rules([{ wants: "response", text: "You went in at seven in the morning [6]. “Thirteen degrees.” [6] You wrote “I was never cold again” [6].", every: 250 }]);
  await page.goto("/app/ask");
  await choose(page, "m-1");
  await ask(page, "When was I first in the sea?");
  const answer = page.getByRole("article", { name: "Answer" });
  await expect(answer).toHaveAttribute("aria-busy", "true");
  await expect(answer).toContainText("You went in");
  await expect(answer).toHaveAttribute("aria-busy", "false");
  await expect(answer).toContainText("not found in your journal");
  await expect(answer).toContainText("One quotation is not word for word");
  await expect(answer.locator(".unverified-quote")).toHaveText("“I was never cold again”");
  const looked = await answer.getByText(/Looked at \d+ notes/).textContent();
  await page.reload(); // and it is all there still
  await expect(answer).toContainText("One quotation is not word for word");
  await answer.getByText(looked as string).click();
  await shoot(page, "ask-answer");
  await answer.getByRole("button", { name: /^Source 6:/ }).first().click();
  const passage = page.getByRole("complementary", { name: "Cited passage" });
  await expect(passage.locator("mark.passage").first()).toBeInViewport();
  await accessible(page);
  await shoot(page, "ask-passage");
  await passage.getByRole("link", { name: "Open the day" }).click();
  await expect(page).toHaveURL(/\/app\/journal\/\d{4}-\d{2}-\d{2}\?entry=.*&at=\d+-\d+/);
});

test("an answer can be stopped, is kept as far as it came, and asked again", async ({ page, fake }) => {
  await fake.rules([{ wants: "response", text: "It begins, and then nothing more of it comes.", silent: 4, times: 1 }]);
  await page.goto("/app/ask");
  await choose(page, "m-1");
  await ask(page, "What about the ferry?");
  const answer = page.getByRole("article", { name: "Answer" });
  await expect(answer).toContainText("It begins");
  await page.keyboard.press("Escape");
  await expect(answer).toContainText("This answer was stopped");
  await expect.poll(async () => (await fake.calls()).open).toBe(0);
  await page.reload();
  await expect(answer).toContainText("It begins");
  await expect(answer).toContainText("This answer was stopped");
  await fake.rules([{ wants: "response", text: "All of it this time." }]);
  await answer.getByRole("button", { name: "Ask again" }).click();
  await expect(page.getByRole("article", { name: "Answer" }).nth(1)).toContainText("All of it this time.");
});

test("a refresh, or another tab, shows an answer going on", async ({ page, context, fake }) => {
  await fake.rules([{ wants: "response", text: "One, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve.", every: 1000, size: 6 }]);
  await page.goto("/app/ask");
  await choose(page, "m-1");
  await ask(page, "Count for me");
  const answer = page.getByRole("article", { name: "Answer" });
  await expect(answer).toContainText("One");
  await expect(page).toHaveURL(/\/app\/ask\/[0-9a-f-]+$/);
  await page.reload();
  await expect(answer).toContainText("One");
  await expect(answer).toHaveAttribute("aria-busy", "true");
  const other = await context.newPage();
  await other.goto(page.url());
  const there = other.getByRole("article", { name: "Answer" });
  await expect(there).toHaveAttribute("aria-busy", "true");
  for (const a of [answer, there]) {
    await expect(a).toContainText("twelve.", { timeout: 40_000 });
    await expect(a).toHaveAttribute("aria-busy", "false");
  }
});

test("an answer goes on while one is in another room", async ({ page, fake }) => {
  await fake.rules([{ wants: "response", text: "One, two, three, four, five, six, seven, eight.", every: 250, size: 6 }]);
  await page.goto("/app/ask");
  await choose(page, "m-1");
  await ask(page, "Count for me");
  await expect(page).toHaveURL(/\/app\/ask\/[0-9a-f-]+$/);
  await page.getByRole("link", { name: "Years" }).click();
  await expect(page).toHaveURL(/years/);
  await page.goBack();
  await expect(page.getByRole("article", { name: "Answer" })).toContainText("eight.", { timeout: 15_000 });
});

test("a question that is changed is asked in a new conversation", async ({ page }) => {
  await page.goto("/app/ask");
  await ask(page, "When did I mention Ursula?");
  await expect(page).toHaveURL(/\/app\/ask\/[0-9a-f-]+$/);
  await expect(page.getByRole("article", { name: "Answer" })).toHaveAttribute("aria-busy", "false");
  const first = page.url();
  await page.getByRole("button", { name: "Edit" }).click();
  await expect(page.getByRole("textbox", { name: "Your question" })).toHaveValue("When did I mention Ursula?");
  await ask(page, "When did I mention Dad?");
  await expect(page).not.toHaveURL(first);
  await expect(page.getByRole("heading", { level: 2, name: "When did I mention Dad?" })).toBeVisible();
  await expect(page.getByRole("heading", { level: 2, name: "When did I mention Ursula?" })).toBeHidden();
  await page.getByRole("button", { name: "Go back" }).click();
  await expect(page.getByRole("heading", { level: 2, name: "When did I mention Ursula?" })).toBeVisible();
});

test("an agent's looks are shown", async ({ page, fake }) => {
  await fake.rules([
    { contains: "ferry", times: 1, calls: [{ name: "search", arguments: { reasoning: "The ferry may be in the days of summer.", query: "ferry", from: "", to: "" } }] },
    { wants: "response", text: "The ferry was late [1]." },
  ]);
  await page.goto("/app/ask");
  await choose(page, "m-1");
  await page.getByRole("button", { name: "Deep search" }).click();
  await ask(page, "How was the ferry?");
  const answer = page.getByRole("article", { name: "Answer" });
  await expect(answer).toContainText("The ferry was late");
  await answer.locator("summary").click();
  await expect(answer).toContainText("The ferry may be in the days of summer.");
});

test("what fails is said, and can be tried again", async ({ page, fake }) => {
  // A status that says nothing of the request's form: with 400 it is asked for in another.
  await fake.rules([{ wants: "response", status: 403 }]);
  await page.goto("/app/ask");
  await choose(page, "m-1");
  await ask(page, "How was the ferry?");
  await expect(page.getByRole("alert")).toBeVisible();
  await shoot(page, "ask-failed");
  await fake.rules([{ wants: "response", text: "It was late." }]);
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByText("It was late.", { exact: true })).toBeVisible();
});

test("the end is followed, until one scrolls up", async ({ page, fake }) => {
  await fake.rules([{ wants: "response", text: long, every: 50, size: 20 }]);
  await page.goto("/app/ask");
  await choose(page, "m-1");
  await ask(page, "Tell me everything");
  const answer = page.getByRole("article", { name: "Answer" });
  await expect(answer).toContainText("Paragraph 12");
  const fromEnd = () => page.evaluate(() => document.documentElement.scrollHeight - innerHeight - scrollY);
  await expect.poll(fromEnd).toBeLessThan(120);
  await page.mouse.move(600, 300);
  await page.mouse.wheel(0, -600);
  await expect.poll(fromEnd).toBeGreaterThan(300);
  const top = await page.evaluate(() => scrollY);
  const left = await fromEnd();
  await expect.poll(fromEnd).toBeGreaterThan(left + 100); // more is written, and one stays where one is
  expect(await page.evaluate(() => scrollY)).toBeLessThanOrEqual(top);
  await page.getByRole("button", { name: "Scroll to the end" }).click();
  await expect(answer).toContainText("Paragraph 39", { timeout: 30_000 });
  await expect.poll(fromEnd).toBeLessThan(120);
});

test.describe("offline", () => {
  // What shows answers is fetched when the first question is asked, which fails too.
  test.use({ expected: [/fetching the script|dynamically imported module|preload CSS/] });

  test("a question that is asked offline is kept, and asked once when Daybook is back", async ({ page, daybook }) => {
    await page.goto("/app/ask");
    const question = page.getByRole("textbox", { name: "Your question" });
    await expect(page.getByRole("button", { name: /Model:/ })).toBeEnabled();
    await daybook.halt();
    await question.fill("When did I mention Ursula?");
    await question.press("Enter");
    const answer = page.getByRole("article", { name: "Answer" });
    await expect(answer.getByRole("status")).toContainText("Offline. Your question is kept and will be asked when Daybook is back.");
    await expect(page.getByRole("heading", { level: 2, name: "When did I mention Ursula?" })).toBeVisible();
    await expect(page.getByRole("alert")).toHaveCount(0);
    await expect(page.getByRole("button", { name: "Stop" })).toHaveCount(0);
    await accessible(page);
    await shoot(page, "ask-waiting");
    await page.getByRole("link", { name: "Years" }).click(); // and it still waits when one comes back
    await page.goBack();
    await expect(answer.getByRole("status")).toContainText("Your question is kept");
    await daybook.run();
    await expect(answer).toHaveAttribute("aria-busy", "false", { timeout: 20_000 });
    await expect(answer).toContainText("Ursula");
    await expect(answer.getByText("Your question is kept")).toHaveCount(0);
    await expect(page).toHaveURL(/\/app\/ask\/[0-9a-f-]+$/);
    const threads = (await (await fetch(`${daybook.url}/threads`)).json()) as unknown[];
    expect(threads).toHaveLength(1);
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
  });
});

test("a question that waits outlives a reload, and can be taken back", async ({ page, daybook }) => {
  await page.goto("/app/ask");
  const question = page.getByRole("textbox", { name: "Your question" });
  await expect(page.getByRole("button", { name: /Model:/ })).toBeEnabled();
  await page.route("**/journal_chat/stream", (route) => route.abort());
  await question.fill("When did I mention Dad?");
  await question.press("Enter");
  const kept = page.getByRole("article", { name: "Answer" }).getByText("Your question is kept");
  await expect(kept).toBeVisible();
  await page.reload();
  await expect(kept).toBeVisible();
  await page.getByRole("button", { name: "Don’t ask it" }).click();
  await expect(question).toHaveValue("When did I mention Dad?");
  await expect(page.getByRole("heading", { level: 1, name: "What would you like to remember?" })).toBeVisible();
  await page.unroute("**/journal_chat/stream");
  await page.waitForTimeout(4000); // longer than between two attempts
  expect(await (await fetch(`${daybook.url}/threads`)).json()).toEqual([]);
});

test("sources are grouped by day, and an answer is shared with them", async ({ page, context, fake }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await fake.rules([{ wants: "response", text: "You went in [1], and again [2] and again [3]." }]);
  await page.goto("/app/ask");
  await choose(page, "m-1");
  await ask(page, "When was I in the sea?");
  const answer = page.getByRole("article", { name: "Answer" });
  await expect(answer).toHaveAttribute("aria-busy", "false");
  const sources = answer.getByRole("group", { name: "Sources" });
  const days = await sources.locator(".source-day").allTextContents();
  expect(new Set(days).size).toBe(days.length);
  await expect(sources.getByRole("button")).toHaveCount(3);
  await answer.getByRole("button", { name: "Share" }).click();
  await expect(page.getByText("Copied with its sources")).toBeVisible();
  const shared = await page.evaluate(() => navigator.clipboard.readText());
  expect(shared).toMatch(/^When was I in the sea\?\n\nYou went in \[1\], and again \[2\] and again \[3\]\.\n\nSources\n\[1\]/);
  expect(shared.match(/“/g)).toHaveLength(3);
});

test("the menu of models keeps the focus when what had it is gone", async ({ page }) => {
  let away = true;
  await page.route(/\/models\?check=true$/, async (route) => {
    const response = await route.fetch();
    const models = (await response.json()) as { providers: { name: string; ok?: boolean; error?: string }[] };
    for (const provider of models.providers) if (away && provider.name !== "offline") Object.assign(provider, { ok: false, error: "The server does not respond." });
    await route.fulfill({ response, json: models });
  });
  await page.goto("/app/ask");
  const button = page.getByRole("button", { name: /Model:/ });
  await button.click();
  const again = page.getByRole("menuitem", { name: "Check again" });
  await expect(again).toBeVisible();
  away = false;
  await page.keyboard.press("End");
  await expect(again).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(again).toBeHidden();
  await expect(page.getByRole("menu")).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("menu")).toBeHidden();
  await expect(button).toBeFocused();
});

test("an input method’s Enter does not send, nor does a phone’s", async ({ page, browser, daybook }) => {
  await page.goto("/app/ask");
  const question = page.getByRole("textbox", { name: "Your question" });
  await question.fill("にほん");
  await question.evaluate((area) => area.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", keyCode: 229, bubbles: true, cancelable: true })));
  await expect(question).toHaveValue("にほん");
  expect(await question.getAttribute("enterkeyhint")).toBe("send");
  const phone = await (await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })).newPage();
  await phone.goto(`${daybook.url}/app/ask`);
  const there = phone.getByRole("textbox", { name: "Your question" });
  expect(await there.getAttribute("enterkeyhint")).toBe("enter");
  await there.fill("One");
  await there.press("Enter");
  await expect(there).toHaveValue("One\n");
  await phone.context().close();
});

test("recent conversations are beside one, and on a phone a tap away", async ({ page, daybook }) => {
  for (const title of ["The sea in June", "The garden"]) await fetch(`${daybook.url}/threads`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ title, initial_message: title }) });
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto("/app/threads");
  await page.getByRole("link", { name: "The garden" }).click();
  const beside = page.getByRole("complementary", { name: "Recent conversations" });
  await expect(beside.getByRole("link", { name: "The garden" })).toHaveAttribute("aria-current", "page");
  await accessible(page);
  await beside.getByRole("link", { name: "The sea in June" }).click();
  await expect(page.getByRole("heading", { level: 2, name: "The sea in June" })).toBeVisible();
  await page.setViewportSize({ width: 390, height: 844 });
  await expect(beside).toBeHidden();
  await page.getByRole("button", { name: "Conversations" }).click();
  await page.getByRole("dialog").getByRole("link", { name: "The garden" }).click();
  await expect(page.getByRole("heading", { level: 2, name: "The garden" })).toBeVisible();
  await expect(page.getByRole("dialog")).toBeHidden();
  await noSideways(page);
});

test.describe("a page written by hand", () => {
  test.use({
    options: {
      journal: (folder: string) => writeFileSync(join(folder, "05-03-2024.md"), "A quiet day without a lighthouse.\n"),
      env: { DAYBOOK_MODEL_TRANSCRIPTION: "openai/m-1" },
    },
  });

  test("stands beside the passage that is cited from it, which is marked", async ({ page, context, daybook, fake }) => {
    await fake.rules([{ images: true, text: "We walked out to the lighthouse at low tide, and Edie counted the steps: a hundred and eleven." }]);
    const paper = await context.newPage();
    await paper.setContent("<body bgcolor=white><p><font size=6><i>We walked out to the lighthouse at low tide, and Edie counted the steps: a hundred and eleven.</i></font>");
    await paper.setViewportSize({ width: 700, height: 900 });
    writeFileSync(join(daybook.journal, "05-04-2024.png"), await paper.screenshot());
    await paper.close();
    const read = async () => JSON.stringify(await (await fetch(`${daybook.url}/entries?date=2024-05-04`)).json());
    await expect.poll(read, { timeout: 45_000 }).toContain("a hundred and eleven");

    await page.goto("/app/ask");
    await ask(page, "When were we at the lighthouse?");
    await page.getByRole("button", { name: /Source \d: 4 May 2024/ }).first().click();
    const passage = page.getByRole("complementary", { name: "Cited passage" });
    await expect(passage.locator("mark.passage")).toContainText("lighthouse at low tide");
    const picture = passage.getByRole("img", { name: "Page 1 of 4 May 2024" });
    await expect(picture).toHaveAttribute("data-state", "there");
    expect(await picture.evaluate((img: HTMLImageElement) => img.naturalWidth)).toBeGreaterThan(300);
    await shoot(page, "ask-page");
    await accessible(page);
    await page.setViewportSize({ width: 1280, height: 800 });
    const width = () => picture.evaluate((img) => img.getBoundingClientRect().width);
    const before = await width();
    await passage.getByRole("button", { name: "Zoom in" }).click();
    await expect.poll(width).toBeGreaterThan(before * 1.3);
    await passage.getByRole("link", { name: "Open the day" }).click();
    await expect(page).toHaveURL(/\/app\/journal\/2024-05-04\?entry=/);
  });
});
