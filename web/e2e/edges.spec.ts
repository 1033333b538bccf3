import { readdirSync } from "node:fs";
import { expect, noSideways, test } from "./test";

test.use({ options: { ownDemo: true } });

test("days at the end of time, and ones that are none, lead nowhere and break nothing", async ({ page }) => {
  for (const day of ["0000-00-00", "0000-01-01", "2023-02-30", "10000-01-01"]) {
    await page.goto(`/app/journal/${day}`);
    await expect(page.getByRole("heading", { name: "This day does not exist" })).toBeVisible();
  }
  for (const [day, button, label] of [["9999-12-31", "Next month", "December 9999"], ["0001-01-01", "Previous month", "January 1"]] as const) {
    await page.goto(`/app/journal/${day}`);
    await page.getByRole("button", { name: "Another day" }).click();
    const calendar = page.getByRole("grid", { name: label });
    await expect(calendar).toBeVisible();
    await page.getByRole("button", { name: button }).click();
    await expect(calendar).toBeVisible();
    await calendar.locator(`[data-day="${day}"]`).focus();
    await page.keyboard.press(button === "Next month" ? "ArrowRight" : "ArrowLeft");
    await expect(calendar.locator(`[data-day="${day}"]`)).toBeFocused();
  }
  await page.goto("/app/years?from=0000-00-00&to=nonsense");
  await expect(page.getByRole("heading", { name: "What was written" })).toBeVisible();
  await page.goto("/app/write?day=9999-12-31");
  await expect(page.getByText("Today", { exact: true })).toBeVisible();
  await page.goto("/app/add?day=9999-12-31");
  await expect(page.getByText(/^Drop pages here, or choose them$/)).toBeVisible();
});

test("a day that is typed into the field is the one that is written for", async ({ page, daybook }) => {
  const files = readdirSync(daybook.journal, { recursive: true }).length;
  await page.goto("/app/write");
  await expect(page.getByRole("textbox", { name: /^Note of/ })).toBeFocused();
  const field = page.getByLabel("Day of this note");
  await field.focus();
  await page.keyboard.type("01012023"); // in whichever order day and month are
  await expect(page.getByRole("heading", { level: 1, name: /1 January 2023/ })).toBeVisible();
  await expect(page.getByRole("textbox", { name: /^Note of/ })).toHaveValue(/^Tomás gave me this notebook/);
  await expect(field).toBeFocused();
  await expect(field).toHaveValue("2023-01-01");
  await page.waitForTimeout(1500); // what was typed elsewhere would have been saved by now
  expect(readdirSync(daybook.journal, { recursive: true }).length, "no note of another day is written").toBe(files);
  await page.keyboard.press("Tab"); // and on to the note
  await page.goBack();
  await expect(page).not.toHaveURL(/app\/write\?day=00/);
});

test("what is long, right to left or no text at all stays within a phone’s width", async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  const typed = { long: "ab".repeat(5000), rtl: "متى سبحت في البحر لأول مرة؟ שלום עולם", emoji: "👩‍👩‍👧‍👦🏳️‍🌈".repeat(60), control: "a\u202Eb\u0000c\u0007d" };
  for (const [i, text] of Object.values(typed).entries()) {
    await page.goto("/app/ask");
    await page.getByRole("textbox", { name: "Your question" }).fill(text);
    await page.getByRole("button", { name: "Ask", exact: true }).click();
    await expect(page.getByRole("article", { name: "Answer" })).toHaveAttribute("aria-busy", "false");
    await noSideways(page);
    await page.goto("/app/threads");
    await expect(page.locator(".thread").first()).toBeVisible();
    await noSideways(page);
    await page.goto("/app/years/analyses");
    await page.getByRole("textbox", { name: "What would you like to know?" }).fill(text);
    if (i === 0) await page.getByText("Days, tags and focus").click(); // what was begun stays open
    await page.getByRole("textbox", { name: "Focus" }).fill(text);
    await page.getByRole("button", { name: "Estimate" }).click();
    await expect(page.getByRole("region", { name: "Estimate" })).toBeVisible();
    await noSideways(page);
    await page.goto(`/app/write?day=2022-01-0${i + 1}`);
    await page.getByRole("textbox", { name: /^Note of/ }).fill(text);
    await expect(page.locator("#write-state")).toContainText("Saved at");
    await noSideways(page);
    await page.goto(`/app/journal/2022-01-0${i + 1}`);
    await expect(page.locator(".entry")).toContainText(text.slice(0, 2));
    await noSideways(page);
  }
});
