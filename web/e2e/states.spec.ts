import { AxeBuilder } from "@axe-core/playwright";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Page } from "@playwright/test";
import config from "../playwright.config";
import { type Daybook, out } from "./daybook";
import { paper, pdf, png, put } from "./scans";
import { expect, test } from "./test";

// The page in its states, one after another: each has a heading, landmarks and
// names, and places large enough for a finger, on a phone in the light and on a
// desk in the dark. SHOTS=1 takes a picture of each for people to look at.

const token = "a-token-of-a-diary-1234";
const phone = { width: 390, height: 844 };
const desk = { width: 1440, height: 900 };
test.use({
  viewport: phone,
  hasTouch: true,
  isMobile: true,
  timezoneId: "UTC",
  permissions: ["camera", "microphone"],
  launchOptions: { ...config.use?.launchOptions, args: [...(config.use?.launchOptions?.args ?? []), "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"] },
});

/** small lists what is touched and is less than 44 px high or wide; links and tags within text are as high as its lines. */
function small(): string[] {
  const inText = (element: Element) => element.matches("a, button.cite") && /^(P|LI|DD|SPAN|TD|STRONG|EM|BLOCKQUOTE|SMALL)$/.test(element.parentElement?.tagName ?? "") && element.parentElement!.textContent !== element.textContent;
  return [...document.querySelectorAll<HTMLElement>("a[href], button, summary, select, textarea, input:not([type=hidden]), [role^=menuitem], [role=option], [role=tab]")]
    .filter((element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && !element.closest("[hidden], .visually-hidden, [inert], [aria-hidden=true]") && !element.matches(".visually-hidden, .skip, :disabled, input[type=radio], input[type=checkbox], a.tag, .year-months *") && !inText(element))
    .filter((element) => {
      // Its own box, and what reaches over it: a pseudo-element or its label.
      const after = getComputedStyle(element, "::after");
      const box = element.getBoundingClientRect();
      const over = after.content !== "none" && after.position === "absolute";
      const size = (own: number, pseudo: string) => Math.max(own, over ? parseFloat(pseudo) || 0 : 0);
      if (box.width === 0) return false;
      return size(box.width, after.width) < 43.5 || size(box.height, after.height) < 43.5;
    })
    .map((element) => {
      const { width, height } = element.getBoundingClientRect();
      return `${element.outerHTML.slice(0, 140)} ${Math.round(width)}×${Math.round(height)}`;
    });
}

async function rest(page: Page) {
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  await page.waitForFunction(() => document.getAnimations().every((animation) => animation.playState !== "running" || animation.effect?.getComputedTiming().endTime === Infinity));
}

/** Looked collects what is wrong with the states of a test, and tells all of it at the end. */
class Looked {
  private wrong: string[] = [];
  constructor(private page: Page) {}

  /** at looks at the state that the page is in now. */
  async at(name: string, { wide = true } = {}) {
    for (const [size, colorScheme] of [[phone, "light"], [desk, "dark"]] as const) {
      if (size === desk && !wide) continue;
      await this.page.setViewportSize(size);
      await this.page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await rest(this.page);
      if (process.env.SHOTS) await this.shoot(name, size.width);
      const over = await this.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (over > 0) this.wrong.push(`${name} ${size.width}: ${over} px wider than the window`);
      if (process.env.QUICK) continue;
      // The page has no frames of other origins. What is found at one size and not at the other are colors and what is in which landmark.
      const axe = new AxeBuilder({ page: this.page }).setLegacyMode().options({ resultTypes: ["violations"] });
      if (size === desk) axe.withRules(["color-contrast", "region", "aria-hidden-focus", "button-name", "link-name", "label"]);
      const { violations } = await axe.analyze();
      this.wrong.push(...violations.map((v) => `${name} ${size.width}: ${v.id} (${v.impact}): ${v.nodes.map((n) => n.html.slice(0, 200)).join(" | ")}`));
      if (size === phone) this.wrong.push(...(await this.page.evaluate(small)).map((what) => `${name}: small: ${what}`));
    }
    await this.page.setViewportSize(phone);
    await this.page.emulateMedia({ colorScheme: "light" });
    if ((await this.page.locator("h1").count()) !== 1) this.wrong.push(`${name}: ${await this.page.locator("h1").count()} h1`);
  }

  private async shoot(name: string, width: number) {
    mkdirSync(join(out, "screenshots"), { recursive: true });
    for (const colorScheme of ["light", "dark"] as const) {
      await this.page.emulateMedia({ colorScheme });
      await this.page.screenshot({ path: join(out, "screenshots", `state-${name}-${width}-${colorScheme}.png`), animations: "disabled" });
    }
    await this.page.emulateMedia({ colorScheme: width === phone.width ? "light" : "dark" });
  }

  done() {
    expect(this.wrong).toEqual([]);
  }
}

const question = (page: Page) => page.getByRole("textbox", { name: "Your question" });
async function asked(page: Page, text: string) {
  await question(page).fill(text);
  await page.getByRole("button", { name: "Ask", exact: true }).click();
  await expect(page.getByRole("article", { name: "Answer" }).last()).toHaveAttribute("aria-busy", "false");
}

test("the rooms, each as it opens", async ({ page }) => {
  test.setTimeout(180_000);
  const look = new Looked(page);
  for (const path of ["journal", "journal/2024-06-04", "journal/feed", "search", "search?q=sea", "ask", "years", "threads", "add", "write", "status", "settings"]) {
    await page.goto(`/app/${path}`);
    await expect(page.locator("h1")).toBeVisible();
    await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
    await look.at(path);
  }
  look.done();
});

test.describe("with a journal", () => {
  test.use({ options: { ownDemo: true } });

  test("asking, in each state", async ({ page, context, daybook, expected }) => {
    test.setTimeout(240_000);
    expected.push(/ERR_INTERNET_DISCONNECTED|Failed to fetch/);
    const look = new Looked(page);
    await page.goto("/app/threads");
    await expect(page.getByRole("heading", { name: "No conversations yet" })).toBeVisible();
    await look.at("threads-empty");
    await page.goto("/");
    await expect(page.getByRole("region", { name: "Today" })).toBeVisible();
    await expect(page.getByRole("textbox", { name: "Your question" })).toBeVisible(); // the program is there
    await look.at("home");
    await asked(page, "When was I in the sea?");
    await look.at("answer");
    await page.getByRole("button", { name: /^Source 1/ }).first().click();
    await expect(page.getByRole("dialog").locator("mark")).toBeVisible();
    await look.at("answer-passage");
    await page.getByRole("button", { name: "Close" }).first().click();
    await expect(page.getByRole("dialog")).toBeHidden();
    await page.getByRole("button", { name: /^Model:/ }).click();
    await expect(page.getByRole("menuitemradio").first()).toBeVisible();
    await look.at("answer-models");
    await page.keyboard.press("Escape");
    await context.setOffline(true);
    await question(page).fill("And when was I on a ferry?");
    await page.getByRole("button", { name: "Ask", exact: true }).click();
    await expect(page.getByText("Your question is kept").first()).toBeVisible();
    await look.at("answer-offline");
    await context.setOffline(false);
    await page.goto("/app/threads");
    await expect(page.locator(".thread-title").first()).toBeVisible();
    await look.at("threads");
    await page.getByRole("button", { name: /^Actions for/ }).first().click();
    await expect(page.getByRole("menuitem", { name: "Rename" })).toBeVisible();
    await look.at("threads-menu");
    await page.getByRole("menuitem", { name: "Rename" }).click();
    await expect(page.getByRole("textbox", { name: "Title" })).toBeVisible();
    await look.at("threads-rename");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+k");
    await expect(page.getByRole("dialog", { name: "Go to" })).toBeVisible();
    await page.keyboard.type("june");
    await look.at("palette");
    await page.keyboard.press("Escape");
    await page.goto("/app/nowhere");
    await look.at("not-found");
    await page.goto("/app/ask/00000000-0000-4000-8000-000000000000");
    await expect(page.getByRole("heading", { name: "Conversation not found" })).toBeVisible();
    await look.at("conversation-gone");
    await page.goto("/app/status");
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await daybook.halt();
    await page.getByRole("navigation", { name: "Rooms" }).getByRole("link", { name: "Journal" }).click();
    await expect(page.getByRole("alert").first()).toBeVisible({ timeout: 30_000 });
    await look.at("server-gone");
    look.done();
  });

  test("reading and writing, in each state", async ({ page, daybook }) => {
    test.setTimeout(240_000);
    const look = new Looked(page);
    await page.goto("/app/journal/2024-06-31");
    await look.at("day-not-real");
    await page.goto("/app/journal/2024-06-02");
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await look.at("day-empty");
    await page.goto("/app/journal/2024-01-14");
    await page.getByRole("button", { name: "More for this note" }).click();
    await expect(page.getByRole("menuitem", { name: "History" })).toBeVisible();
    await look.at("day-menu");
    await page.getByRole("menuitem", { name: "Delete this note…" }).click();
    await expect(page.getByRole("alertdialog")).toBeVisible();
    await look.at("day-delete");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Edit" }).click();
    const area = page.getByRole("textbox", { name: "Note" });
    await expect(area).toBeVisible();
    await area.fill(`${await area.inputValue()}\n\nAnd so to bed.`);
    await look.at("day-edit");
    await page.getByRole("button", { name: "Save" }).click();
    await expect(area).toBeHidden();
    await page.getByRole("button", { name: "More for this note" }).click();
    await page.getByRole("menuitem", { name: "History" }).click();
    await page.getByRole("list", { name: "Versions" }).getByRole("button").last().click();
    await look.at("day-history");
    for (const [name, path] of [["search-none", "/app/search?q=zzyzx"], ["about", "/app/journal/about/Edie"]] as const) {
      await page.goto(path);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      await expect(page.locator(".skeleton")).toHaveCount(0);
      await look.at(name);
    }
    await page.goto("/app/write?day=2024-01-14");
    await expect(page.locator(".writing-area, textarea").first()).toBeVisible();
    await look.at("write");
    const file = join(daybook.journal, "2024/01-22-2024.md");
    await page.goto("/app/write?day=2024-01-22");
    const typing = page.locator("textarea").first();
    await expect(typing).not.toHaveValue("");
    writeFileSync(file, "Wholly other words.\n");
    await typing.fill("Something of mine that does not merge.");
    await expect(page.getByRole("heading", { name: "This note was changed elsewhere" })).toBeVisible({ timeout: 20_000 });
    await look.at("write-conflict");
    look.done();
  });
});

test.describe("pages of paper", () => {
  test.use({
    options: {
      journal: (folder: string) => put(folder, { "06-07-2024.md": "A typed note.\n" }),
      env: { DAYBOOK_MODEL_TRANSCRIPTION: "openai/gpt-4o" },
    },
  });

  test("adding them, in each state", async ({ page, fake }) => {
    test.setTimeout(240_000);
    const look = new Looked(page);
    await fake.rules([{ images: true, text: "4 June 2019\n\nWe met [Ursela?] at the [illegible] and she laughed." }]);
    await page.goto("/app/add");
    await expect(page.getByRole("heading", { level: 1, name: "Add pages" })).toBeVisible();
    await look.at("add");
    await page.getByRole("button", { name: "Record", exact: true }).click();
    await expect(page.getByRole("button", { name: /Stop/ })).toBeVisible();
    await look.at("add-recording", { wide: false });
    await page.getByRole("button", { name: /Stop/ }).click();
    await page.evaluate(() => Object.assign(navigator.mediaDevices, { getUserMedia: () => Promise.reject(new DOMException("no", "NotAllowedError")) }));
    await page.getByRole("button", { name: "Record", exact: true }).click();
    await expect(page.getByText("microphone").last()).toBeVisible();
    await look.at("add-refused", { wide: false });
    await page.getByLabel("Pages to add", { exact: true }).setInputFiles([{ name: "06-04-2024.png", mimeType: "image/png", buffer: png(600, 849, paper(600, 849, 3)) }]);
    await look.at("add-ready");
    await page.getByRole("button", { name: "Add 1 file to the journal" }).click();
    await expect(page.getByRole("link", { name: "Open the day" }).first()).toBeVisible({ timeout: 40_000 });
    await look.at("add-done");
    await page.goto("/app/journal/2024-06-04");
    await page.getByRole("button", { name: "Page", exact: true }).click();
    await expect(page.getByRole("img", { name: /Page 1 of/ })).toHaveAttribute("data-state", "there");
    await look.at("day-page");
    await page.getByRole("button", { name: "Zoom in" }).click();
    await look.at("day-page-zoomed");
    await page.getByRole("button", { name: "Correct" }).click();
    await expect(page.getByRole("textbox", { name: "Transcription" })).toBeVisible();
    await look.at("day-correct");
    await page.goto("/app/add/notebook");
    await expect(page.getByRole("button", { name: "Photograph pages" })).toBeVisible();
    await look.at("notebook");
    await page.getByRole("button", { name: "Photograph pages" }).click();
    await expect(page.getByRole("button", { name: "Photograph this page" })).toBeEnabled();
    await look.at("notebook-camera", { wide: false });
    await page.getByRole("button", { name: "Close the camera" }).click();
    await page.getByLabel("Files of the notebook").setInputFiles([{ name: "Notebook.pdf", mimeType: "application/pdf", buffer: pdf(200, 283, [1, 2, 3].map((seed) => paper(200, 283, seed))) }]);
    await expect(page.getByRole("button", { name: "Put 3 pages into the journal" })).toBeEnabled({ timeout: 60_000 });
    await look.at("notebook-list");
    await page.getByRole("button", { name: "Put 3 pages into the journal" }).click();
    await expect(page.getByRole("heading", { name: /3 pages in your journal/ })).toBeVisible({ timeout: 30_000 });
    await look.at("notebook-done");
    look.done();
  });
});

test.describe("at the door", () => {
  test.use({ firstRun: true, options: { generatedToken: true } });

  test("signing in, choosing a journal and a phone, in each state", async ({ page, daybook }: { page: Page; daybook: Daybook }) => {
    test.setTimeout(180_000);
    const look = new Looked(page);
    await page.goto("/app/threads");
    await expect(page.getByLabel("Token")).toBeVisible();
    await look.at("login");
    await page.getByLabel("Token").fill(token);
    await page.keyboard.press("Enter");
    await expect(page.getByRole("alert")).toBeVisible();
    await look.at("login-wrong");
    await page.goto("about:blank");
    await page.goto(daybook.link);
    await expect(page.getByRole("heading", { name: "Where is your journal?" })).toBeVisible();
    await look.at("setup");
    const journal = join(daybook.folder, "mine");
    put(journal, { "2024-05-01.md": "The lamp was lit.\n", "2024-05-02.md": "The lamp was out.\n", "2024-05-13.md": "The lamp was lit by Edie.\n" });
    await page.getByLabel("The journal’s folder").fill(journal);
    await expect(page.locator("#journal-found")).toContainText("3 notes");
    await look.at("setup-found");
    await page.getByRole("button", { name: "Open this journal" }).click();
    await expect(page.getByRole("button", { name: "Start", exact: true })).toBeVisible();
    await look.at("setup-model");
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await expect(question(page)).toBeVisible();
    await look.at("first-home");
    await asked(page, "When was the lamp lit?");
    await look.at("first-answer");
    await page.goto("/app/settings");
    const card = page.getByRole("region", { name: "On your phone" });
    await card.getByRole("button", { name: "Show QR code" }).click();
    await card.getByLabel("Address at which the phone").fill("https://diary.example.org/app");
    await expect(card.getByRole("img", { name: "QR code that signs a phone in" })).toBeVisible();
    await card.scrollIntoViewIfNeeded();
    await look.at("settings-phone");
    await page.goto("/app/journal/2024-05-03");
    await look.at("first-day-empty");
    look.done();
  });
});
