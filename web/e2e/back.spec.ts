import { expect, test } from "./test";

// What the page is still loading when the server goes away cannot be loaded.
test.use({ expected: [/fetching the script|preload CSS/] });

test("a room that could not be shown is there by itself when the server is back", async ({ page, daybook }) => {
  await page.goto("/app/status");
  await expect(page.getByText("Up to date")).toBeVisible();
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null); // it has the rooms
  await daybook.halt();
  await page.getByRole("link", { name: "Years" }).click();
  await expect(page.getByText("Daybook cannot be reached").first()).toBeVisible({ timeout: 20_000 });
  await daybook.run();
  await expect(page.getByRole("heading", { name: "What was written" })).toBeVisible();
  await expect(page.getByText("Daybook cannot be reached")).toHaveCount(0);
});

test("an answer whose server is gone says so, and is there again with it", async ({ page, daybook, fake }) => {
  await fake.rules([{ wants: "response", text: "It begins, and then nothing more of it comes.", silent: 4 }]);
  await page.goto("/app/ask");
  await page.getByRole("button", { name: /Model:/ }).click();
  await page.getByRole("menuitemradio", { name: "m-1", exact: true }).click();
  await page.getByRole("textbox", { name: "Your question" }).fill("How was the sea?");
  await page.keyboard.press("Enter");
  const answer = page.getByRole("article", { name: "Answer" });
  await expect(answer).toContainText("It begins");
  await daybook.kill();
  await expect(answer.getByRole("status")).toContainText("Offline. The answer continues on the server");
  await daybook.run();
  await expect(answer).toContainText("The part so far is saved", { timeout: 60_000 });
  await expect(answer).toContainText("It begins");
  await expect(answer.getByRole("status")).toHaveCount(0);
});

test("a question that is begun is there when one comes back to it", async ({ page }) => {
  await page.goto("/app/ask");
  const question = page.getByRole("textbox", { name: "Your question" });
  await question.fill("When did I first");
  await page.getByRole("link", { name: "Journal" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Journal" })).toBeVisible();
  await page.getByRole("link", { name: "Ask", exact: true }).click();
  await expect(question).toHaveValue("When did I first");
  await question.press("End");
  await question.pressSequentially(" mention Ursula?");
  await question.press("Enter");
  await expect(page.getByRole("article", { name: "Answer" })).toHaveAttribute("aria-busy", "false");
  await page.getByRole("button", { name: "New conversation" }).click();
  await expect(question).toHaveValue("");
});

test("a very long question is shown in part, and its answer is in view", async ({ page }) => {
  await page.goto("/app/ask");
  await page.getByRole("textbox", { name: "Your question" }).fill("why was the sea cold ".repeat(480));
  await page.getByRole("button", { name: "Ask", exact: true }).click();
  const asked = page.getByRole("group", { name: "Your question" });
  await expect(page.getByRole("article", { name: "Answer" })).toBeInViewport();
  const height = () => asked.evaluate((element) => element.getBoundingClientRect().height);
  expect(await height()).toBeLessThan(400);
  await asked.getByRole("button", { name: "Show more" }).click();
  await expect.poll(height).toBeGreaterThan(1500);
});
