import { cpSync } from "node:fs";
import { join } from "node:path";
import { root } from "./daybook";
import { paper, pdf, png, put } from "./scans";
import { expect, shoot, test } from "./test";

test.use({
  options: {
    journal: (folder) => {
      cpSync(join(root, "internal/demo/notes/journal"), folder, { recursive: true });
      put(folder, { "2024/08-30-2024.png": png(700, 990, paper(700, 990, 3)), "2024/09-02-2024.pdf": pdf(500, 707, [paper(500, 707, 4), paper(500, 707, 5), paper(500, 707, 6)]) });
    },
    env: { DAYBOOK_MODEL_TRANSCRIPTION: "openai/gpt-4o", DAYBOOK_EVERGREEN: join(root, "internal/demo/notes/evergreen") },
  },
});
test.beforeEach(async ({ fake }) => {
  await fake.rules([{ images: true, text: "We walked out to the [Kestrel?] point, and the wind took the [illegible] off the table.\n\nLater the ferry came in late, and nobody minded. #swimming\n\n- bread\n- two [lemmons?]\n- the good knife\n\nThen home along the wall, slowly, with the tide on our left and the whole harbour lit up like a shop window. I do not think I have been so tired in years." }]);
});
test("look", async ({ page }) => {
  test.setTimeout(200_000);
  await page.goto("/app/journal");
  await expect(page.locator(".year-map").first()).toBeVisible();
  await shoot(page, "journal-whole");
  await page.goto("/app/journal/2023-06-04");
  await expect(page.locator(".entry").first()).toBeVisible();
  await shoot(page, "journal-day");
  await expect.poll(async () => (await (await page.request.get("/ingest")).json()).stages.written, { timeout: 30000 }).toBe(2);
  await page.goto("/app/journal/2024-09-02");
  await expect(page.locator(".entry").first()).toBeVisible();
  await page.waitForTimeout(1500);
  await shoot(page, "journal-pages");
  await page.getByRole("button", { name: "Correct" }).click();
  await page.waitForTimeout(1000);
  await shoot(page, "journal-correct");
  await page.goto("/app/search?q=when+did+I+first+swim+in+the+sea");
  await expect(page.locator(".result").first()).toBeVisible();
  await shoot(page, "journal-search");
  await page.goto("/app/write");
  await page.waitForTimeout(1000);
  await shoot(page, "write-empty");
  await page.goto("/app/add");
  await page.waitForTimeout(1000);
  await shoot(page, "add-empty");
});
