import { AxeBuilder } from "@axe-core/playwright";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Page } from "@playwright/test";
import config from "../playwright.config";
import { type Daybook, out } from "./daybook";
import { put } from "./scans";
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

/** small lists what is touched and is less than 44 px high or wide; links and tags within text are as high as its lines, and the twelve months of a year share its width. */
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
      const { violations } = await new AxeBuilder({ page: this.page }).analyze();
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
