import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Locator, type Page } from "@playwright/test";
import { paper, pdf, png, put, readable } from "./scans";
import { expect, noSideways, test } from "./test";

// Each job is done with the keyboard alone: what has the focus is seen, Escape
// closes what is open and gives the focus back, and nothing holds it.

test.use({ permissions: ["clipboard-read", "clipboard-write"] });

/** seen fails where the focus is on something that does not show it. */
async function seen(page: Page) {
  const what = await page.evaluate(() => {
    const at = document.activeElement as HTMLElement;
    if (at === document.body || at.id === "main") return "";
    const box = at.getBoundingClientRect();
    const shows = [at, ...at.querySelectorAll("*"), at.parentElement!, at.parentElement!.parentElement!].some((element) => {
      const style = getComputedStyle(element);
      return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
    });
    const marked = at.matches("[role^=menuitem], textarea, input, select") || shows || getComputedStyle(at).boxShadow !== "none";
    const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    return marked && inside ? "" : `${at.outerHTML.slice(0, 160)} ${marked ? "is outside the window" : "does not show its focus"}`;
  });
  expect(what).toBe("");
}

const focused = (target: Locator) => target.evaluate((element) => element === document.activeElement || (element.contains(document.activeElement) && element.matches("label")));

/** reach tabs to something, as often as that takes. */
async function reach(page: Page, target: Locator, key = "Tab") {
  await expect(target).toBeVisible();
  for (let i = 0; i < 120; i++) {
    if (await focused(target)) return;
    await page.keyboard.press(key);
    await seen(page);
  }
  throw new Error(`The keyboard does not reach ${target}`);
}

async function press(page: Page, target: Locator, key = "Enter") {
  await reach(page, target);
  await page.keyboard.press(key);
}

const name = (page: Page, role: Parameters<Page["getByRole"]>[0], name: string | RegExp) => page.getByRole(role, { name, exact: true });

test.describe("in a journal", () => {
  test.use({ options: { ownDemo: true } });

  test("asking, a source, sharing and renaming", async ({ page }) => {
    test.setTimeout(120_000);
    await page.goto("/");
    await expect(name(page, "textbox", "Your question")).toBeFocused();
    await page.keyboard.type("When was I in the sea?");
    await page.keyboard.press("Enter");
    const answer = page.getByRole("article", { name: "Answer" });
    await expect(answer).toHaveAttribute("aria-busy", "false");
    const source = answer.getByRole("button", { name: /^Source 1/ }).first();
    await reach(page, source, "Shift+Tab");
    await page.keyboard.press("Enter");
    await expect(page.getByRole("complementary", { name: "Cited passage" }).locator("mark")).toBeVisible();
    await noSideways(page);
    await page.keyboard.press("Escape");
    await expect(page.getByRole("complementary", { name: "Cited passage" })).toBeHidden();
    await expect(source).toBeFocused();
    await press(page, answer.getByRole("button", { name: "Share" }));
    await expect(page.getByText("Copied with its sources").first()).toBeVisible();
    const actions = page.getByRole("button", { name: /^Actions for/ }).first();
    await reach(page, actions, "Shift+Tab");
    await page.keyboard.press("ArrowDown");
    await expect(page.getByRole("menuitem", { name: "Rename…" })).toBeFocused();
    await page.keyboard.press("End");
    await expect(page.getByRole("menuitem", { name: "Delete" })).toBeFocused();
    await page.keyboard.type("ren");
    await expect(page.getByRole("menuitem", { name: "Rename…" })).toBeFocused();
    await page.keyboard.press("Escape");
    await expect(page.getByRole("menu")).toBeHidden();
    await expect(actions).toBeFocused();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    await expect(page.getByRole("textbox", { name: "Title" })).toBeFocused();
    await page.keyboard.type("The sea");
    await page.keyboard.press("Enter");
    await expect(page.locator(".dialog")).toBeHidden();
    await expect(page.getByRole("button", { name: "Actions for “The sea”" }).first()).toBeFocused();
  });

  test("the palette, day to day, a version and a deletion", async ({ page, daybook }) => {
    test.setTimeout(120_000);
    await page.goto("/app/journal/2024-01-14");
    const more = page.getByRole("button", { name: "More for this note" });
    await reach(page, more);
    await page.keyboard.press("Control+k");
    await expect(page.getByRole("dialog", { name: "Go to" })).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(page.locator(".dialog")).toBeHidden();
    await expect(more).toBeFocused();
    await page.keyboard.press("ArrowRight");
    await expect(page).not.toHaveURL(/2024-01-14$/);
    await page.keyboard.press("ArrowLeft");
    await expect(page).toHaveURL(/2024-01-14$/);
    await page.keyboard.press("e");
    const area = page.getByRole("textbox", { name: "Note" });
    await expect(area).toBeFocused();
    const before = readFileSync(join(daybook.journal, "2024/01-14-2024.md"), "utf8");
    await page.keyboard.press("Control+End");
    await page.keyboard.type(" And so to bed.");
    await press(page, name(page, "button", "Save"));
    await expect(area).toBeHidden();
    await press(page, more);
    await page.keyboard.type("h");
    await expect(page.getByRole("menuitem", { name: "History" })).toBeFocused();
    await page.keyboard.press("Enter");
    const versions = page.getByRole("list", { name: "Versions" });
    await press(page, versions.getByRole("button").last());
    await press(page, name(page, "button", "Restore"));
    await expect.poll(() => readFileSync(join(daybook.journal, "2024/01-14-2024.md"), "utf8")).toBe(before);
    await expect(page.locator(".dialog")).toBeHidden(); // a toast is a dialog, too
    await press(page, more);
    await page.keyboard.press("End");
    await page.keyboard.press("Enter");
    await expect(page.getByRole("alertdialog")).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(page.getByRole("alertdialog")).toBeHidden();
    await expect(more).toBeFocused();
  });

  test("every control of every room is reached, in the order of the page, and the focus leaves it", async ({ page }) => {
    test.setTimeout(150_000);
    for (const path of ["", "app/journal", "app/journal/2024-06-04", "app/search?q=sea", "app/threads", "app/years", "app/add", "app/write?day=2024-01-14", "app/status", "app/settings"]) {
      await page.goto(`/${path}`);
      await expect(page.locator("h1")).toBeVisible();
      await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
      if (path === "") await expect(name(page, "textbox", "Your question")).toBeFocused();
      await page.evaluate(() => {
        (document.activeElement as HTMLElement | null)?.blur();
        const reached = new Set<Element>();
        document.addEventListener("focusin", ({ target }) => reached.add(target as Element));
        Object.assign(window, { reached });
      });
      await page.locator(".skip").focus();
      for (let i = 0; i < 150; i++) {
        await page.keyboard.press("Tab");
        if (await page.evaluate(() => document.activeElement === document.body || document.activeElement?.matches(".skip"))) break;
      }
      const wrong = await page.evaluate(() => {
        const { reached } = window as unknown as { reached: Set<Element> };
        const controls = [...document.querySelectorAll<HTMLElement>("a[href], button, input, select, textarea, summary, [tabindex='0']")].filter((element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && !element.matches(":disabled, [tabindex='-1'], [type=radio]") && !element.closest("[inert], [aria-hidden=true], details:not([open]) > :not(summary)"));
        const order = [...reached];
        const jumps = order.filter((element, i) => i > 0 && element.compareDocumentPosition(order[i - 1]!) & Node.DOCUMENT_POSITION_FOLLOWING && !order[i - 1]!.matches("body, .skip"));
        return [...controls.filter((element) => !reached.has(element)).map((element) => `not reached: ${element.outerHTML.slice(0, 120)}`), ...jumps.map((element) => `out of order: ${element.outerHTML.slice(0, 120)}`)];
      });
      expect(wrong, path).toEqual([]);
    }
  });

  test.describe("with a token", () => {
    test.use({ options: { ownDemo: true, generatedToken: true } });

    test("a phone is signed in, and a theme chosen", async ({ page, daybook }) => {
      await page.goto(daybook.link);
      await expect(name(page, "textbox", "Your question")).toBeVisible();
      await page.goto("/app/settings");
      const card = page.getByRole("region", { name: "On your phone" });
      await press(page, card.getByRole("button", { name: "Show QR code" }));
      await reach(page, card.getByLabel("Address at which the phone"));
      await page.keyboard.type("https://diary.example.org");
      await expect(card.getByRole("img", { name: "QR code that signs a phone in" })).toBeVisible();
      await reach(page, page.getByRole("button", { name: "Theme" }), "Shift+Tab");
      await page.keyboard.press("Enter");
      await expect(page.getByRole("menuitemradio", { checked: true })).toBeFocused();
      await page.keyboard.press("End");
      await page.keyboard.press("Enter");
      await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
      await expect(page.getByRole("button", { name: "Theme" })).toBeFocused();
    });
  });
});

test.describe("with pages and tasks", () => {
  test.use({
    options: {
      journal: (folder: string) => put(folder, { "06-08-2024.md": "To do:\n\n- [ ] buy a lamp\n- [x] mend the chair\n\n![[sea.png]]\n", "sea.png": png(600, 400, paper(600, 400, 5)), "06-07-2024.png": png(600, 849, paper(600, 849, 3)) }),
      env: { DAYBOOK_MODEL_TRANSCRIPTION: "openai/gpt-4o" },
    },
  });

  test("a task, a picture, a zoom and a notebook", async ({ page, daybook, fake }) => {
    test.setTimeout(120_000);
    await fake.rules([{ images: true, text: "4 June 2019\n\nA xylophone, heard from the stairs." }]);
    await readable(daybook, "xylophone", "2024-06-07");
    await page.goto("/app/journal/2024-06-08");
    await press(page, page.getByRole("checkbox", { name: /buy a lamp/ }), "Space");
    await expect.poll(() => readFileSync(join(daybook.journal, "06-08-2024.md"), "utf8")).toContain("- [x] buy a lamp");
    const picture = page.getByRole("link", { name: /sea/ });
    await press(page, picture);
    await expect(page.getByRole("dialog")).toBeVisible();
    await press(page, page.getByRole("dialog").getByRole("button", { name: "Zoom in" }));
    await page.keyboard.press("Escape");
    await expect(page.getByRole("dialog")).toBeHidden();
    await expect(picture).toBeFocused();
    await page.goto("/app/journal/2024-06-07");
    const view = page.getByRole("group", { name: /plus and minus zoom/ });
    await reach(page, view);
    await page.keyboard.press("+");
    await expect(view).toHaveAttribute("data-zoomed", "true");
    await page.keyboard.press("ArrowRight"); // moves the picture, not the day
    await page.keyboard.press("0");
    await expect(view).not.toHaveAttribute("data-zoomed", "true");
    await expect(page).toHaveURL(/2024-06-07$/);
    await page.goto("/app/add/notebook");
    await reach(page, page.getByRole("button", { name: "Photograph pages" }));
    // Which file is chosen is asked by the system.
    await page.getByLabel("Files of the notebook").setInputFiles([{ name: "Notebook.pdf", mimeType: "application/pdf", buffer: pdf(200, 283, [11, 12].map((seed) => paper(200, 283, seed))) }]);
    const put = page.getByRole("button", { name: "Put 2 pages into the journal" });
    await expect(put).toBeEnabled({ timeout: 40_000 });
    const look = page.getByRole("button", { name: "View page 1" });
    await press(page, look);
    await expect(page.getByRole("dialog")).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(look).toBeFocused();
    await reach(page, page.getByLabel("Day of page 1"));
    await press(page, put);
    await expect(page.getByRole("heading", { name: /2 pages in your journal/ })).toBeVisible({ timeout: 30_000 });
  });
});
