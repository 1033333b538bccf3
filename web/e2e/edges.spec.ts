import { readdirSync } from "node:fs";
import { expect, test } from "./test";

test.use({ options: { ownDemo: true } });

test("days at the end of time, and ones that are none, lead nowhere and break nothing", async ({ page }) => {
  for (const day of ["0000-00-00", "0000-01-01", "2023-02-30", "10000-01-01"]) {
    await page.goto(`/app/journal/${day}`);
    await expect(page.getByRole("heading", { name: "There is no such day" })).toBeVisible();
  }
  for (const [day, button, label] of [["9999-12-31", "Month after", "December 9999"], ["0001-01-01", "Month before", "January 1"]] as const) {
    await page.goto(`/app/journal/${day}`);
    await page.getByRole("button", { name: "Another day" }).click();
    const calendar = page.getByRole("grid", { name: label });
    await expect(calendar).toBeVisible();
    await page.getByRole("button", { name: button }).click();
    await expect(calendar).toBeVisible();
    await calendar.locator(`[data-day="${day}"]`).focus();
    await page.keyboard.press(button === "Month after" ? "ArrowRight" : "ArrowLeft");
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
  const field = page.getByLabel("The day to write for");
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
