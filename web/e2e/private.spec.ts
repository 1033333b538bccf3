import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { accessible, expect, noSideways, shoot, test } from "./test";

test.use({
  options: {
    journal: (folder) => {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "05-02-2024.md"), "---\nprivate: true\n---\nAt the harbour I told Ursula about the quillwort, and asked her to tell nobody at all.\n");
      writeFileSync(join(folder, "05-03-2024.md"), "At the harbour with Ursula again. The ferry was late and the gulls were loud.\n");
    },
  },
});

test("a private note is found and marked with a lock, and no model is given it", async ({ page, fake }) => {
  await page.goto("/app/search?q=harbour");
  const results = page.getByRole("listitem").filter({ has: page.getByRole("heading") });
  await expect(results).toHaveCount(2);
  await expect(results.filter({ hasText: "quillwort" }).getByRole("img", { name: "Private" })).toBeVisible();
  await expect(results.filter({ hasText: "ferry" }).getByRole("img", { name: "Private" })).toHaveCount(0);
  await accessible(page);
  await page.goto("/app/journal/2024-05-02");
  const note = page.getByRole("article");
  await expect(note.getByRole("img", { name: "Private" })).toBeVisible();
  await expect(note).toContainText("never sent to a provider");
  await accessible(page);
  await shoot(page, "private-day");

  await page.goto("/app/ask");
  const ask = async (question: string) => {
    await page.getByRole("textbox", { name: "Your question" }).fill(question);
    await page.getByRole("button", { name: "Ask", exact: true }).click();
  };
  await ask("What about the quillwort?");
  const answer = page.getByRole("article", { name: "Answer" }).first();
  await expect(answer.getByRole("group", { name: "Sources" }).getByRole("img", { name: "Private" }).first()).toBeVisible();
  await page.getByRole("button", { name: /Model:/ }).click();
  await page.getByRole("menuitemradio", { name: "m-1", exact: true }).click();
  await fake.rules([{ wants: "response", text: "You were at the harbour [1]." }]);
  await ask("What happened at the harbour with Ursula?");
  const second = page.getByRole("article", { name: "Answer" }).nth(1);
  await expect(second).toContainText("1 private note was left out.");
  await expect(second.getByText("1 private note was left out.")).toHaveCount(1);

  await page.goto("/app/status");
  const ledger = page.getByRole("region", { name: "Sent to providers" });
  const call = ledger.getByRole("listitem").filter({ hasText: "Answer" }).filter({ hasText: "openai/m-1" }).first();
  await expect(call).toContainText("3 May 2024");
  await expect(call).not.toContainText("2 May 2024");
  await ledger.getByLabel("Task").selectOption("title");
  await expect(ledger.getByRole("listitem")).toHaveCount(0);
  await expect(ledger).toContainText("Nothing matches.");
  await ledger.getByLabel("Task").selectOption("chat");
  await expect(ledger.getByRole("listitem").first()).toContainText("openai/m-1");
  await ledger.getByLabel("Day").fill("2001-01-01");
  await expect(ledger.getByRole("listitem")).toHaveCount(0);
  await ledger.getByLabel("Day").fill("");
  await accessible(page);
  await shoot(page, "status-ledger");
  await page.setViewportSize({ width: 360, height: 740 });
  await noSideways(page);
});
