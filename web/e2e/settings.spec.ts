import { accessible, expect, noSideways, shoot, test } from "./test";

const token = "a-token-of-enough-characters";

test.use({ options: { token, ownDemo: true } });

test.beforeEach(async ({ page }) => {
  await page.goto("/app/settings");
  await page.getByRole("textbox", { name: "Token" }).or(page.getByLabel("Token")).first().fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Settings" })).toBeVisible();
});

test("a server is added, tested and used, without a restart", async ({ page, fake, context }) => {
  const providers = page.getByRole("region", { name: "Providers" });
  await providers.getByText("Add another server").click();
  await providers.getByLabel("Name").fill("mine");
  await providers.getByLabel("Address").fill(`${fake.url}/v1`);
  await providers.getByLabel("Key", { exact: true }).fill(fake.key);
  await providers.getByRole("button", { name: "Add provider" }).click();
  const item = providers.getByRole("listitem").filter({ hasText: "mine" });
  await expect(item).toContainText("On this machine");
  await item.getByRole("button", { name: "Test mine" }).click();
  await expect(item.getByRole("list", { name: "Test results" })).toContainText("The server answers.");
  expect(await page.content(), "the key is shown nowhere").not.toContain(fake.key);

  const tasks = page.getByRole("region", { name: "Which model does what" });
  await tasks.getByLabel("Answers").selectOption("mine/m-1");
  await expect(tasks.getByLabel("Answers")).toHaveValue("mine/m-1");
  await expect(tasks.getByLabel("Answers")).toBeEnabled();
  const answers = page.getByRole("region", { name: "Answers" });
  await answers.getByLabel("Custom instructions").fill("Call me Jo.");
  await answers.getByRole("button", { name: "Save" }).click();
  await expect(answers.getByRole("button", { name: "Save" })).toBeDisabled();
  await accessible(page);
  await shoot(page, "settings");
  await page.setViewportSize({ width: 360, height: 740 });
  await noSideways(page);
  const { tasks: set } = (await (await context.request.get("/models")).json()) as { tasks: Record<string, string> };
  expect(set.chat).toBe("mine/m-1");
});

test("what cannot be saved says why", async ({ page }) => {
  const costs = page.getByRole("region", { name: "Costs" });
  await costs.getByLabel("Currency").fill("euros");
  await costs.getByRole("button", { name: "Save" }).click();
  await expect(costs.getByRole("alert")).toContainText("three capitals");
  const prices = page.getByRole("region", { name: "Prices and budgets" });
  await prices.getByLabel("Model").fill("openai/gpt-x");
  await prices.getByLabel("Price per million input tokens").fill("0.5");
  await prices.getByRole("button", { name: "Save" }).click();
  await expect(prices.getByRole("listitem")).toContainText("0.5 in, 0 out");
  await prices.getByRole("button", { name: "Remove openai/gpt-x" }).click();
  await expect(prices.getByRole("listitem")).toHaveCount(0);
});

test("a prompt is edited and reset", async ({ page }) => {
  const prompts = page.getByRole("region", { name: "Prompts" });
  await prompts.getByLabel("Task").selectOption("chat");
  const text = prompts.getByLabel("Prompt", { exact: true });
  await expect(text).toHaveValue(/journal/);
  const builtin = await text.inputValue();
  await text.fill("{{.Nothing}}");
  await prompts.getByRole("button", { name: "Save" }).click();
  await expect(prompts.getByRole("alert")).toContainText("cannot be used");
  await text.fill("Answer like a sailor.");
  await prompts.getByRole("button", { name: "Save" }).click();
  await expect(prompts.getByRole("button", { name: "Reset" })).toBeEnabled();
  await page.reload();
  await prompts.getByLabel("Task").selectOption("chat");
  await expect(text).toHaveValue("Answer like a sailor.");
  await shoot(page, "settings-prompt");
  await prompts.getByRole("button", { name: "Reset" }).click();
  await expect(text).toHaveValue(builtin);
});

test("another browser is signed out, and the token shown", async ({ page, browser, baseURL }) => {
  const elsewhere = await browser.newContext({ baseURL, userAgent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0" });
  const other = await elsewhere.newPage();
  await other.goto("/app/settings");
  await other.getByRole("textbox", { name: "Token" }).or(other.getByLabel("Token")).first().fill(token);
  await other.getByRole("button", { name: "Sign in" }).click();
  await expect(other.getByRole("heading", { level: 1, name: "Settings" })).toBeVisible();

  await page.reload();
  const access = page.getByRole("region", { name: "Access" });
  const item = access.getByRole("listitem").filter({ hasText: "Firefox on Windows" });
  await expect(item).toBeVisible();
  await expect(access.getByRole("listitem").filter({ hasText: "This browser" })).toHaveCount(1);
  await access.getByRole("button", { name: "Show token" }).click();
  await expect(access.getByLabel("Token", { exact: true })).toHaveText(token);
  await access.scrollIntoViewIfNeeded();
  await shoot(page, "settings-access");
  await access.getByRole("button", { name: "New token…" }).click();
  await page.getByRole("button", { name: "Create new token" }).click();
  await expect(access.getByRole("alert")).toContainText("Change it there"); // it is set elsewhere
  await item.getByRole("button", { name: "Sign out" }).click();
  await expect(item).toHaveCount(0);
  await other.reload();
  await expect(other.getByRole("button", { name: "Sign in" })).toBeVisible();
  await elsewhere.close();
});

test("a phone is signed in by a code, once", async ({ page, browser, daybook }) => {
  const card = page.getByRole("region", { name: "On your phone" });
  await card.getByRole("button", { name: "Show QR code" }).click();
  await card.getByLabel("Address at which the phone").fill("https://diary.example.org/app");
  const code = card.getByRole("img", { name: "QR code that signs a phone in" });
  await expect(code).toBeVisible();
  await expect(card.getByText(/Valid until/)).toBeVisible();
  await accessible(page);
  await shoot(page, "settings-phone");

  // What the camera reads is the link that can be copied.
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await card.getByRole("button", { name: "Copy link" }).click();
  const link = new URL(await page.evaluate(() => navigator.clipboard.readText()));
  expect(link.origin).toBe("https://diary.example.org");
  expect(link.href).not.toContain(token);
  const open = async () => {
    const context = await browser.newContext();
    const phone = await context.newPage();
    await phone.goto(`${daybook.url}/${link.hash}`);
    return phone;
  };
  const phone = await open();
  await expect(phone.getByRole("textbox", { name: "Your question" })).toBeVisible();
  expect(phone.url()).not.toContain("code");
  const second = await open();
  await expect(second.getByRole("alert")).toContainText("was used or has expired");
  await phone.context().close();
  await second.context().close();
});
