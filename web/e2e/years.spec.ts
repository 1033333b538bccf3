import type { Page } from "@playwright/test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { out } from "./daybook";
import { accessible, expect, noSideways, shoot, test } from "./test";

const question = "How has what I feel about the sea changed?";
/** Stands in the demo, on 4 June 2023. */
const written = "For the first minute I thought, quite calmly, that I was going to die";
const altered = "For the first minute I thought, quite calmly, that I was going to live forever";

async function fill(page: Page, query: string, model: string) {
  await page.goto("/app/years/analyses");
  await page.getByRole("textbox", { name: "What would you like to know?" }).fill(query);
  await page.getByRole("combobox", { name: "Model" }).selectOption({ label: model });
}

async function begin(page: Page, query = question, model = "m-1") {
  await fill(page, query, model);
  await page.getByRole("button", { name: "Estimate" }).click();
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await expect(page).toHaveURL(/\/app\/years\/analyses\/[0-9a-f-]+$/);
}

test("what was written is plotted, by days and words, months and years, and is a table, too", async ({ page }) => {
  await page.goto("/app/years");
  const plot = page.getByRole("figure", { name: "Days written" });
  await expect(plot).toContainText(/\d+ days between 1 January 2023 and/);
  const canvas = plot.locator("canvas");
  await expect(canvas).toBeVisible();
  // It is drawn: there is the ink of the bars in it.
  await expect.poll(() => inked(page)).toBeGreaterThan(500);
  await plot.getByText("Show as a table").click();
  const rows = plot.getByRole("row");
  await expect(rows).toHaveCount(25); // two years, and the head
  await expect(rows.nth(1)).toContainText("January 2023");
  await accessible(page);
  await plot.getByText("Show as a table").click();
  await shoot(page, "years-over-time");
  await page.getByRole("radio", { name: "Years" }).check();
  await page.getByRole("radio", { name: "Words" }).check();
  await expect(page).toHaveURL(/of=words/);
  const years = page.getByRole("figure", { name: "Words written" });
  await years.getByText("Show as a table").click();
  await expect(years.getByRole("row")).toHaveCount(3);
  await page.setViewportSize({ width: 360, height: 740 });
  await noSideways(page);
  await expect.poll(() => inked(page)).toBeGreaterThan(500);
});

/** inked counts the pixels of a plot that are neither clear nor a line of its grid. */
function inked(page: Page) {
  return page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>(".plot canvas");
    const probe = document.createElement("i");
    probe.style.color = "var(--accent)";
    document.body.append(probe);
    const [r = 0, g = 0, b = 0] = (getComputedStyle(probe).color.match(/\d+/g) ?? []).map(Number);
    probe.remove();
    if (!canvas) return 0;
    const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
    let n = 0;
    for (let i = 0; i < data.length; i += 4) if (data[i + 3]! > 200 && Math.abs(data[i]! - r) + Math.abs(data[i + 1]! - g) + Math.abs(data[i + 2]! - b) < 12) n++;
    return n;
  });
}

test("a plot is gone through by keys, and redrawn in the dark", async ({ page }) => {
  await page.goto("/app/years");
  const plot = page.getByRole("figure", { name: "Days written" });
  await expect(plot.locator("canvas")).toBeVisible();
  const slider = plot.getByRole("slider");
  await slider.focus();
  await page.keyboard.press("End");
  await expect(slider).toHaveAttribute("aria-valuetext", /^December 2024: \d+ days?, [\d,]+ words$/);
  await page.keyboard.press("PageDown");
  await expect(slider).toHaveAttribute("aria-valuetext", /^December 2023: /);
  await page.keyboard.press("ArrowRight");
  await expect(plot.locator(".plot-says")).toContainText("January 2024");
  await page.emulateMedia({ colorScheme: "dark" });
  await expect.poll(() => inked(page)).toBeGreaterThan(500);
  await slider.focus();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/from=2024-01-01&to=2024-01-31/);
});

test("words are shown over the years, and what marks each year leads to them", async ({ page }) => {
  await page.goto("/app/years");
  await page.getByRole("textbox", { name: /A word, a name/ }).fill("sea");
  await page.keyboard.press("Enter");
  const sea = page.getByRole("region", { name: "sea", exact: true });
  await expect(sea).toContainText(/On \d+ days: first in/);
  await expect(sea.locator("canvas")).toBeVisible();
  const marks = page.getByRole("region", { name: "Typical of each year" });
  await expect(marks.getByRole("heading", { name: "2024" })).toBeVisible();
  const term = marks.getByRole("button").first();
  const word = ((await term.textContent()) ?? "").replace(/\s*\d+$/, "").trim();
  await term.click();
  await expect(page.getByRole("region", { name: word, exact: true })).toContainText(/On \d+ days?/);
  await page.reload();
  await expect(page.getByRole("region", { name: "sea", exact: true })).toBeVisible();
  await accessible(page);
  await shoot(page, "years-words");
  await page.getByRole("button", { name: "Remove sea" }).click();
  await expect(page.getByRole("region", { name: "sea", exact: true })).toBeHidden();
  await page.getByRole("textbox", { name: /A word, a name/ }).fill("xyzzy");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("region", { name: "xyzzy" })).toContainText("Not mentioned in this period.");
});

test("an analysis goes from its estimate to its result, and says what it read", async ({ page, fake }) => {
  await fake.rules([{ analyst: true, every: 30 }]);
  await fill(page, question, "m-1");
  await expect(page.getByText("is sent to openai")).toBeVisible();
  const before = (await fake.calls()).calls;
  await page.getByRole("button", { name: "Estimate" }).click();
  const estimate = page.getByRole("region", { name: "Estimate" });
  await expect(estimate).toContainText(/Notes\s*\d+/);
  await expect(estimate).toContainText("tokens");
  expect((await fake.calls()).calls, "an estimate asks no model").toBe(before);
  await accessible(page);
  await shoot(page, "years-estimate");
  // What is changed is estimated anew.
  await page.getByRole("textbox", { name: "What would you like to know?" }).fill(`${question} And why?`);
  await expect(estimate).toBeHidden();
  await page.getByRole("button", { name: "Estimate" }).click();
  await estimate.getByRole("button", { name: "Start" }).click();

  await expect(page.getByRole("heading", { level: 1, name: `${question} And why?` })).toBeVisible();
  await expect(page.getByText("Complete", { exact: true })).toBeVisible({ timeout: 30_000 });
  const year = page.getByRole("region", { name: "2023", exact: true });
  await expect(year).toContainText("The days from 2023-01-01");
  // Every note is accounted for: one of them has no words.
  const read = page.getByRole("region", { name: "What was read" });
  await expect(read).toContainText("64 of 65 notes; 1 note was not read.");
  await expect(read).toContainText("It has no words.");
  await expect(read.getByRole("link", { name: "27 Dec 2023" })).toBeVisible();
  const quotation = year.getByRole("list", { name: /In your own words/ }).getByRole("listitem").first();
  await expect(quotation.locator("blockquote")).not.toBeEmpty();
  await accessible(page);
  await shoot(page, "years-result");
  await page.getByText("Which step read which notes").click();
  await page.locator(".steps-read summary").first().click();
  await expect(page.locator(".steps-read").getByRole("link", { name: "1 Jan 2023" }).first()).toBeVisible();
  await page.setViewportSize({ width: 360, height: 740 });
  await noSideways(page);
  await quotation.getByRole("link").click();
  await expect(page).toHaveURL(/\/app\/journal\/2023-\d\d-\d\d\?entry=.*&at=\d+-\d+/);

  await page.goto("/app/years/analyses");
  await expect(page.getByRole("link", { name: new RegExp("And why") })).toContainText("Complete");
  await shoot(page, "years-analyses");
  await page.getByRole("link", { name: new RegExp("And why") }).click();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
  await expect(page).toHaveURL(/analyses$/);
  await expect(page.getByText("No analyses yet.")).toBeVisible();
});

test("an analysis goes on while one watches, and while one does not; a refresh comes back to it", async ({ page, fake }) => {
  await fake.rules([{ wants: "subyear", analyst: true }, { analyst: true, first: 7000, every: 60, size: 8 }]);
  await begin(page);
  const progress = page.getByRole("region", { name: /of \d+ steps/ });
  await expect(progress.getByText(/^Now: /)).toBeVisible();
  await shoot(page, "years-running");
  await accessible(page);
  await page.reload();
  await expect(progress.or(page.getByText("Complete", { exact: true }))).toBeVisible();
  await expect(page.getByText("Complete", { exact: true })).toBeVisible({ timeout: 30_000 });
  await expect(page.getByRole("region", { name: "Overall" })).toContainText("From 2023-01-01 to");
});

test("an analysis is cancelled, and what it read until then is kept", async ({ page, fake }) => {
  await fake.rules([{ wants: "subyear", analyst: true }, { wants: "excerpts", contains: "<PARTS>", analyst: true, first: 60_000 }, { analyst: true }]);
  await begin(page);
  await expect(page.getByRole("region", { name: "2024", exact: true })).toContainText("The days from 2024-", { timeout: 20_000 });
  await page.keyboard.press("Escape");
  const dialog = page.getByRole("alertdialog", { name: "Cancel this analysis?" });
  await dialog.getByRole("button", { name: "Cancel", exact: true }).click();
  await expect(dialog).toBeHidden();
  await page.getByRole("button", { name: "Cancel" }).click();
  await dialog.getByRole("button", { name: "Cancel analysis" }).click();
  await expect(page.getByText("This analysis was cancelled.")).toBeVisible();
  await expect(page.getByRole("region", { name: "2024", exact: true })).toContainText("The days from 2024-");
  await expect.poll(async () => (await fake.calls()).open).toBe(0);
  await accessible(page);
  await shoot(page, "years-cancelled");
  await page.getByRole("button", { name: "Ask again" }).click();
  await expect(page.getByRole("textbox", { name: "What would you like to know?" })).toHaveValue(question);
  await page.getByRole("button", { name: "Estimate" }).click();
  await expect(page.getByRole("region", { name: "Estimate" })).toContainText("from an earlier analysis");
});

test("what stands in no note is never shown as a quotation", async ({ page, fake }) => {
  await fake.rules([{ analyst: true, also: [altered, written] }]);
  await begin(page);
  await expect(page.getByText("Complete", { exact: true })).toBeVisible({ timeout: 30_000 });
  const year = page.getByRole("region", { name: "2023", exact: true });
  await expect(year.locator("blockquote", { hasText: written })).toHaveCount(1);
  await expect(page.locator("blockquote, q, .quotations", { hasText: altered })).toHaveCount(0);
  await year.getByText("not found in the notes").click();
  await expect(year.locator(".unfound").getByText(altered)).toBeVisible();
  // What is true of one year is no quotation of another.
  const other = page.getByRole("region", { name: "2024", exact: true });
  await expect(other.locator("blockquote", { hasText: written })).toHaveCount(0);
  await expect(other.locator(".unfound")).toContainText(written);
  await accessible(page);
  await shoot(page, "years-unverified");
});

test("two times are compared side by side, each with quotations of its own", async ({ page, fake }) => {
  await fake.rules([{ analyst: true, also: [written, altered] }]);
  await fill(page, "What was the sea to me?", "m-1");
  await page.getByRole("radio", { name: "Compare two periods" }).check();
  await expect(page.getByRole("combobox", { name: "A year" }).first()).toHaveValue("2023");
  await expect(page.getByRole("combobox", { name: "A year" }).nth(1)).toHaveValue("2024");
  await expect(page.getByText("Up to 6 can be compared.")).toBeVisible();
  await accessible(page);
  await shoot(page, "years-compare-form");
  await page.getByRole("button", { name: "Estimate" }).click();
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await expect(page.getByText("Complete", { exact: true })).toBeVisible({ timeout: 30_000 });
  const first = page.getByRole("region", { name: "2023", exact: true });
  const second = page.getByRole("region", { name: "2024", exact: true });
  await expect(first.locator("blockquote", { hasText: written })).toHaveCount(1);
  await expect(second.locator("blockquote", { hasText: written })).toHaveCount(0);
  await expect(second.locator(".unfound")).toContainText(written);
  await expect(page.locator("blockquote", { hasText: altered })).toHaveCount(0);
  const boxes = [await first.boundingBox(), await second.boundingBox()];
  expect(boxes[0]!.y, "side by side").toBe(boxes[1]!.y);
  await accessible(page);
  await shoot(page, "years-compare");
  await page.setViewportSize({ width: 360, height: 740 });
  await noSideways(page);
});

test("without a model there is a report, which says that it was counted", async ({ page, fake }) => {
  const before = (await fake.calls()).calls;
  await fill(page, question, "Offline: counted, not read");
  await expect(page.getByText("Nothing leaves this computer")).toBeVisible();
  await page.getByRole("radio", { name: "Compare two periods" }).check();
  await expect(page.getByText("A comparison requires a model.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Estimate" })).toBeDisabled();
  await page.getByRole("radio", { name: "Year by year" }).check();
  await page.getByRole("button", { name: "Estimate" }).click();
  await page.getByRole("button", { name: "Count" }).click();
  await expect(page.getByRole("note")).toContainText("No language model wrote this");
  await expect(page.getByRole("note")).toContainText("does not answer");
  await expect(page.getByRole("region", { name: "Days like this" }).getByRole("listitem").first()).toBeVisible();
  await expect(page.getByRole("region", { name: "The words of the question" }).locator("canvas").first()).toBeVisible();
  await expect(page.getByRole("figure", { name: "Days written" })).toBeVisible();
  expect((await fake.calls()).calls, "no model is asked").toBe(before);
  await accessible(page);
  await shoot(page, "years-report");
});

test.describe("with prices and a small budget", () => {
  const config = join(out, "small-budget.toml");
  mkdirSync(out, { recursive: true });
  writeFileSync(config, '[budgets."openai"]\ntokens_per_minute = 12000\n\n[prices."openai"]\ninput = 2.5\noutput = 10\n');
  test.use({ options: { env: { DAYBOOK_CONFIG: config, DAYBOOK_CONFIRM_SIZE: "1000", DAYBOOK_MONTHLY_CAP: "5", DAYBOOK_CURRENCY: "EUR" } } });
  test("it is said what it costs and how long it takes, asked once more, and what it waits for", async ({ page, fake }) => {
    await fake.rules([{ analyst: true, tokens: 3000 }]);
    await fill(page, question, "m-1");
    await page.getByRole("button", { name: "Estimate" }).click();
    const estimate = page.getByRole("region", { name: "Estimate" });
    await expect(estimate).toContainText(/at least \d+ (seconds|minute)/);
    await expect(estimate).toContainText(/at most €0\.\d\d/);
    await expect(estimate).toContainText("€0.00 spent this month, of €5.00 at most");
    await estimate.getByRole("button", { name: "Start" }).click();
    const dialog = page.getByRole("alertdialog", { name: "This analysis is large" });
    await expect(dialog).toContainText("It reads 65 notes");
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await expect(page).toHaveURL(/analyses$/);
    await estimate.getByRole("button", { name: "Start" }).click();
    await dialog.getByRole("button", { name: "Start anyway" }).click();
    await expect(page.getByText(/It continues in \d+ seconds/)).toBeVisible({ timeout: 30_000 });
    await accessible(page);
    await shoot(page, "years-waiting");
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("alertdialog", { name: "Cancel this analysis?" }).getByRole("button", { name: "Cancel analysis" }).click();
    await expect(page.getByText("This analysis was cancelled.")).toBeVisible();
    const read = page.getByRole("region", { name: "What was read" });
    await expect(read).toContainText(/\d+ of 65 notes; \d+ notes were not read/);
    await expect(read).toContainText("were left out");
    await expect(read).toContainText(/; €0\.\d\d at the prices in your settings/);
    await page.goto("/app/status");
    await expect(page.getByRole("region", { name: "Models" })).toContainText(/Spent this month\s*€0\.\d\d of €5\.00/);
  });
});

test.describe("a journal without a day", () => {
  test.use({ options: { journal: () => {} } });
  test("says what to do next", async ({ page }) => {
    await page.goto("/app/years");
    await expect(page.getByRole("heading", { name: "No years yet" })).toBeVisible();
    await expect(page.getByRole("link", { name: "Write today’s note" })).toBeVisible();
    await accessible(page);
    await shoot(page, "years-empty");
  });
});
