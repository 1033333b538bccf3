import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Page } from "@playwright/test";
import config from "../playwright.config";
import { accessible, expect, noSideways, test } from "./test";

test.use({
  options: { journal: () => {}, env: { DAYBOOK_MODEL_SPEECH: "openai/whisper-1" } },
  launchOptions: { ...config.use?.launchOptions, args: [...(config.use?.launchOptions?.args ?? []), "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"] },
  permissions: ["microphone"],
});

async function record(page: Page) {
  await page.getByRole("button", { name: "Record", exact: true }).click();
  await page.waitForTimeout(1200);
  await page.getByRole("button", { name: /Stop/ }).click();
}

const notes = (journal: string) => readdirSync(journal).filter((name) => name.endsWith(".md")).map((name) => readFileSync(join(journal, name), "utf8")).join("\n");

for (const width of [390, 1440]) {
  test(`a recording made offline outlives a reload and is saved later, ${width} px wide`, async ({ page, daybook, fake }) => {
    await fake.rules([{ text: "What was said." }]);
    await page.setViewportSize({ width, height: 800 });
    await page.goto("/app/add");
    await page.route("**/recordings?*", (route) => route.abort());
    await record(page);
    await expect(page.getByText("On this device, not saved yet. Offline. It continues when Daybook is back.")).toBeVisible();
    await noSideways(page);
    await accessible(page);
    await page.reload();
    await expect(page.getByText("On this device, not saved yet. Offline.")).toBeVisible();
    await page.unroute("**/recordings?*");
    await page.getByRole("button", { name: "Try again" }).click();
    await expect(page.getByText("Saved and transcribed.")).toBeVisible();
    expect(notes(daybook.journal)).toMatch(/!\[\[Recording [^\]]+\]\]\n\nWhat was said\./);
    await page.reload();
    await expect(page.getByRole("button", { name: "Record", exact: true })).toBeVisible();
    await expect(page.locator(".recorder li")).toHaveCount(0);
  });
}

test("a recording that could not be transcribed is told after a reload, with what to do", async ({ page, daybook, fake }) => {
  await fake.rules([{ text: "What was said at last." }]);
  await page.goto("/app/add");
  await page.route("**/recordings/transcribe", (route) => route.fulfill({ status: 502, contentType: "application/problem+json", body: JSON.stringify({ status: 502, detail: "The provider has a bad day." }) }));
  await record(page);
  const told = page.locator(".recorder li");
  await expect(told).toContainText("Saved. It could not be transcribed. The provider has a bad day. You can play the recording in its note. Transcribe it again, or type the text there.");
  await page.reload();
  await expect(told).toContainText("The provider has a bad day. You can play the recording in its note.");
  expect(readdirSync(join(daybook.journal, "attachments"))).toHaveLength(1);
  await page.unroute("**/recordings/transcribe");
  await told.getByRole("button", { name: "Transcribe" }).click();
  await expect(told).toContainText("Saved and transcribed.");
  expect(notes(daybook.journal).match(/What was said at last\./g)).toHaveLength(1);
  expect(readdirSync(join(daybook.journal, "attachments"))).toHaveLength(1);
});

test("a transcription that a reload interrupts is told, and not asked for twice", async ({ page }) => {
  await page.goto("/app/add");
  let asked = 0;
  await page.route("**/recordings/transcribe", () => void asked++); // never answered
  await record(page);
  await expect(page.getByText("Saved. Transcribing…")).toBeVisible();
  await expect.poll(() => asked).toBe(1);
  await page.reload();
  const told = page.locator(".recorder li");
  await expect(told).toContainText("The page was closed during transcription.");
  expect(asked).toBe(1);
  await told.getByRole("button", { name: "Keep without text" }).click();
  await page.reload();
  await expect(page.getByRole("button", { name: "Record", exact: true })).toBeVisible();
  await expect(told).toHaveCount(0);
});

test.describe("with a token", () => {
  test.use({ options: { journal: () => {}, generatedToken: true, env: { DAYBOOK_MODEL_SPEECH: "openai/whisper-1" } } });
  test("a recording from before another sign-in is not sent by itself", async ({ page, daybook, fake }) => {
    await fake.rules([{ text: "What was said." }]);
    const signedIn = async () => (await page.context().cookies()).some((cookie) => cookie.name === "daybook_session");
    await page.goto(daybook.link);
    await expect.poll(signedIn).toBe(true);
    await page.goto("/app/add");
    await page.route("**/recordings?*", (route) => route.abort());
    await record(page);
    await expect(page.getByText("On this device, not saved yet. Offline.")).toBeVisible();
    // The page that signs out has not looked for recordings.
    await page.goto("/app/status");
    await page.getByRole("button", { name: "Sign out" }).click();
    await expect(page.getByLabel("Token")).toBeVisible();
    await page.unroute("**/recordings?*");
    let sent = 0;
    page.on("request", (request) => {
      if (request.method() === "POST" && /\/recordings\?/.test(request.url())) sent++;
    });
    await page.goto("about:blank");
    await page.goto(daybook.link);
    await expect.poll(signedIn).toBe(true);
    await page.goto("/app/add");
    await expect(page.getByText("Recordings on this device were made before you signed out. Are they yours?")).toBeVisible();
    expect(sent).toBe(0);
    await page.getByRole("button", { name: "Save them" }).click();
    await expect(page.getByText("Saved and transcribed.")).toBeVisible();
    expect(sent).toBe(1);
  });
});
