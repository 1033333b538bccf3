import { readFileSync } from "node:fs";
import { join } from "node:path";
import { paper, png } from "./scans";
import { accessible, expect, shoot, test } from "./test";

// What is begun and not done when a page is left, reloaded or closed.
test.use({ options: { ownDemo: true } });

test("a question that is begun outlives the page, and is gone once it is asked", async ({ page }) => {
  await page.goto("/app/ask");
  const question = page.getByRole("textbox", { name: "Your question" });
  await question.fill("When did I mention Ursula?");
  await page.reload();
  await expect(question).toHaveValue("When did I mention Ursula?");
  await question.press("Enter");
  await expect(page.getByRole("article", { name: "Answer" })).toHaveAttribute("aria-busy", "false");
  await page.goto("/app/ask");
  await expect(question).toHaveValue("");
  expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
});

test("an analysis that is begun is there when one comes back to it", async ({ page }) => {
  await page.goto("/app/years/analyses");
  const query = page.getByRole("textbox", { name: "What would you like to know?" });
  await query.fill("How has what I feel about work changed?");
  await page.getByRole("radio", { name: "Compare two periods" }).check();
  await page.getByText("Focus and tags").click();
  await page.getByRole("textbox", { name: "Focus" }).fill("the job at the canal");
  await page.getByRole("link", { name: "Journal", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Journal" })).toBeVisible();
  await page.goBack();
  await expect(query).toHaveValue("How has what I feel about work changed?");
  await page.reload();
  await expect(query).toHaveValue("How has what I feel about work changed?");
  await expect(page.getByRole("radio", { name: "Compare two periods" })).toBeChecked();
  await expect(page.getByRole("textbox", { name: "Focus" })).toHaveValue("the job at the canal");
  await page.getByRole("radio", { name: "Year by year" }).check();
  await page.getByRole("combobox", { name: "Model" }).selectOption({ label: "Offline: counted, not read" });
  await page.getByRole("button", { name: "Estimate" }).click();
  await page.getByRole("button", { name: "Count" }).click();
  await expect(page.getByRole("note")).toContainText("No language model wrote this");
  await page.goto("/app/years/analyses");
  await expect(query).toHaveValue("");
});

test("a correction that is begun says so when one comes back to the day", async ({ page, daybook }) => {
  const file = join(daybook.journal, "2023/06-04-2023.md");
  const before = readFileSync(file, "utf8");
  await page.goto("/app/journal/2023-06-04");
  await page.getByRole("button", { name: "Edit" }).click();
  await page.getByRole("textbox", { name: "Note" }).fill("Fourteen degrees, in truth.");
  await page.getByRole("link", { name: "Threads" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Threads" })).toBeVisible();
  await page.goBack();
  const begun = page.getByText("You have unsaved changes to this note");
  await expect(begun).toBeVisible();
  await page.reload();
  await expect(begun).toBeVisible();
  await accessible(page);
  await shoot(page, "journal-begun");
  expect(readFileSync(file, "utf8")).toBe(before);
  await page.getByRole("button", { name: "Discard" }).click();
  await expect(begun).toBeHidden();
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByRole("button", { name: "Continue editing" }).click();
  await expect(page.getByRole("textbox", { name: "Note" })).toHaveValue("Fourteen degrees, in truth.");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("textbox", { name: "Note" })).toBeHidden();
  await expect(page.getByRole("article").getByText("Fourteen degrees, in truth.")).toBeVisible();
  await expect(begun).toBeHidden();
  expect(readFileSync(file, "utf8")).toContain("Fourteen degrees, in truth.");
});

test("pages that are not sent are not left without a question", async ({ page }) => {
  await page.goto("/app/add");
  await expect(page.getByRole("button", { name: "Choose files" })).toBeVisible();
  await page.getByRole("heading", { level: 1 }).click(); // a browser asks only where something was touched
  await page.getByLabel("Pages to add", { exact: true }).setInputFiles([{ name: "IMG_1.png", mimeType: "image/png", buffer: png(200, 283, paper(200, 283, 9)) }]);
  await expect(page.getByText("Not sent yet")).toBeVisible();
  const asked = page.waitForEvent("dialog");
  await page.close({ runBeforeUnload: true });
  const dialog = await asked;
  expect(dialog.type()).toBe("beforeunload");
  await dialog.dismiss();
  await expect(page.getByText("Not sent yet")).toBeVisible();
  await page.getByRole("button", { name: "Remove IMG_1.png" }).click();
  const closed = page.waitForEvent("close");
  await page.close({ runBeforeUnload: true });
  await closed;
});

test("the first words of a day’s note are saved though the page is closed at once", async ({ page, daybook }) => {
  const written = async () => ((await (await fetch(`${daybook.url}/days/2023-06-05`)).json()) as { entries: { text: string }[] }).entries.map(({ text }) => text);
  for (let i = 0; i < 2; i++) {
    await page.goto("/app/write?day=2023-06-05");
    await expect(page.getByRole("textbox", { name: /^Note of/ })).toHaveValue("");
  }
  await page.keyboard.type("Gone in a moment.");
  await page.goto("about:blank");
  await expect.poll(written).toEqual(["Gone in a moment."]);
});

test("words of another day that could not be saved are told of", async ({ page, daybook }) => {
  await page.goto("/app/write?day=2023-06-05");
  const area = page.getByRole("textbox", { name: /^Note of/ });
  await expect(area).toHaveValue("");
  await daybook.halt();
  await area.fill("Nobody listened.");
  await expect(page.locator("#write-state")).toContainText("Not saved.");
  await page.goto("about:blank");
  await daybook.run();
  await page.goto("/app/write");
  await page.getByRole("link", { name: "5 June 2023" }).click();
  await expect(area).toHaveValue("Nobody listened.");
  await expect(page.locator("#write-state")).toContainText("Saved at");
  await page.getByRole("button", { name: "Today", exact: true }).click();
  await expect(page.getByText("Today", { exact: true })).toBeVisible();
  await expect(page.getByRole("link", { name: "5 June 2023" })).toBeHidden();
});
