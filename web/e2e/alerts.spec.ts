import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Daybook } from "./daybook";
import { accessible, expect, noSideways, shoot, test } from "./test";

async function add(daybook: Daybook, title: string, question: string) {
  const answer = await fetch(`${daybook.url}/threads`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ title, initial_message: question }) });
  return ((await answer.json()) as { thread_id: string }).thread_id;
}

const records = (daybook: Daybook) => join(daybook.folder, "data/demo/daybook.db");

/** spoil changes a letter of a word in the records, as a bad disk would. */
function spoil(daybook: Daybook, word: string) {
  const data = readFileSync(records(daybook));
  let found = 0;
  for (let at = data.indexOf(word); at >= 0; at = data.indexOf(word, at + 1)) {
    data[at] = (data[at] as number) ^ 1;
    found++;
  }
  expect(found, word).toBeGreaterThan(0);
  writeFileSync(records(daybook), data);
}

test("a damaged message says so, in its place", async ({ page, daybook }) => {
  const id = await add(daybook, "The harbour", "What of the quillwort?");
  for (const content of ["The ferry was late.", "And the gulls?"]) {
    await fetch(`${daybook.url}/threads/${id}/messages`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ role: content.endsWith("?") ? "user" : "assistant", content }) });
  }
  await daybook.halt();
  spoil(daybook, "quillwort");
  await daybook.run();
  await page.goto(`/app/ask/${id}`);
  const damaged = page.getByRole("article", { name: "Damaged message" });
  await expect(damaged).toContainText("This message is damaged on disk and is not shown.");
  await expect(damaged).not.toContainText("stopped");
  await expect(damaged.getByRole("button")).toHaveCount(0);
  await expect(page.getByRole("article", { name: "Answer" })).toContainText("The ferry was late.");
  await expect(page.getByRole("heading", { name: "And the gulls?" })).toBeVisible();
  await accessible(page);
  await shoot(page, "damaged-message");
});

test("the answer to a damaged question cannot be asked again", async ({ page, daybook }) => {
  const id = await add(daybook, "The harbour", "Was there a ferry?");
  for (const content of ["It was late.", "What of the quillwort?", "It is rare."]) {
    await fetch(`${daybook.url}/threads/${id}/messages`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ role: content.endsWith("?") ? "user" : "assistant", content }) });
  }
  await page.goto(`/app/ask/${id}`);
  await expect(page.getByRole("button", { name: "Ask again" })).toBeVisible();
  await daybook.halt();
  spoil(daybook, "quillwort");
  await daybook.run();
  await page.reload();
  await expect(page.getByRole("article", { name: "Answer" }).last()).toContainText("It is rare.");
  await expect(page.getByRole("article", { name: "Damaged message" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Ask again" })).toHaveCount(0);
});

test("a damaged conversation is listed as what it is", async ({ page, daybook }) => {
  await add(daybook, "The lamp", "Who lit it?");
  await add(daybook, "Zwieback in June", "Who ate it?");
  await daybook.halt();
  spoil(daybook, "Zwieback");
  await daybook.run();
  await page.goto("/app/threads");
  await expect(page.getByRole("link", { name: "The lamp" })).toBeVisible();
  const damaged = page.getByRole("listitem").filter({ has: page.getByRole("link", { name: "Damaged conversation" }) });
  await expect(damaged.getByText("Damaged", { exact: true })).toBeVisible();
  await expect(page.locator("main")).not.toContainText(/0001|\b1 Jan/); // the zero time
  await accessible(page);
  await shoot(page, "damaged-thread");
  await page.getByRole("link", { name: "Damaged conversation" }).click();
  await expect(page.getByRole("heading", { name: "Who ate it?" })).toBeVisible();
});

test("conversations that vanished are reported in every room, and in Status", async ({ page, daybook }) => {
  for (const title of ["One", "Two", "Three"]) await add(daybook, title, "Why?");
  await daybook.halt();
  for (const end of ["", "-wal", "-shm"]) rmSync(records(daybook) + end, { force: true });
  await daybook.run();
  await page.goto("/app/threads");
  const alert = page.getByRole("alert");
  await expect(alert).toContainText(/There were \d+ conversations here, now there are none\./);
  await accessible(page);
  await shoot(page, "vanished");
  await page.setViewportSize({ width: 360, height: 740 });
  await noSideways(page);
  await alert.getByRole("link", { name: "Open Status" }).click();
  await expect(alert).toHaveCount(0);
  await expect(page.getByRole("region", { name: "Index" })).toContainText("now there are none");
  await page.goto("/app/ask");
  await alert.getByRole("button", { name: "Dismiss" }).click();
  await expect(alert).toHaveCount(0);
});

test.describe("a journal of one's own", () => {
  test.use({ options: { ownDemo: true } });
  test("that goes missing is reported, and can be declared deleted", async ({ page, daybook }) => {
    renameSync(daybook.journal, `${daybook.journal} away`);
    mkdirSync(daybook.journal);
    writeFileSync(join(daybook.journal, "01-02-2025.md"), "The one that is left.\n");
    await page.request.post(`${daybook.url}/ingest`);
    await page.goto("/app/journal");
    await expect(page.getByRole("alert")).toContainText(/notes are missing/, { timeout: 20_000 });
    await page.goto("/app/status");
    const index = page.getByRole("region", { name: "Index" });
    await expect(index).toContainText("Not up to date");
    await expect(index.getByText(/notes are missing from/)).toBeVisible();
    await accessible(page);
    await shoot(page, "status-missing");
    await index.getByRole("button", { name: /^I deleted these \d+ notes$/ }).click();
    await expect(index.getByText(/notes are missing from/)).toBeHidden({ timeout: 20_000 });
    await expect(index).toContainText("Up to date");
    await expect(index.locator("dd").first()).toHaveText("1");
  });
});
