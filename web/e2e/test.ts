import { AxeBuilder } from "@axe-core/playwright";
import { test as base, expect, type Page } from "@playwright/test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Daybook, Fake, out, type Options } from "./daybook";

interface Fixtures {
  /** How the test's Daybook is started: test.use({ options: { token: "…" } }). */
  options: Options;
  /** A running Daybook of the test's own; page.goto("/app/…") is at it. */
  daybook: Daybook;
  /** The page is opened for the first time: nobody has chosen a journal. */
  firstRun: boolean;
  /** What went wrong in the browser that a test expects; each is a part of a message. */
  expected: (string | RegExp)[];
}

/** test runs against the real program, and fails when the page breaks its policy, throws, or asks another origin. */
export const test = base.extend<Fixtures & { watched: void }, { fake: Fake }>({
  fake: [
    // eslint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const fake = await Fake.start();
      await use(fake);
      await fake.stop();
    },
    { scope: "worker" },
  ],
  options: [{}, { option: true }],
  firstRun: [false, { option: true }],
  expected: [[], { option: true }],
  daybook: async ({ fake, options }, use) => {
    await fake.rules();
    const daybook = await Daybook.start(fake, options);
    await use(daybook);
    await daybook.stop();
  },
  baseURL: async ({ daybook }, use) => use(daybook.url),
  watched: [
    async ({ context, daybook, expected, firstRun }, use) => {
      const wrong: string[] = [];
      if (!firstRun) await context.addInitScript(() => location.protocol === "http:" && location.pathname === "/" && localStorage.setItem("daybook.first-run", "done"));
      context.on("weberror", (error) => wrong.push(`thrown: ${error.error().stack ?? error.error()}`));
      context.on("console", (message) => {
        // What a server refuses, or cannot give as it is away, is no fault of the page’s; what the policy refuses is.
        if (message.type() === "error" && !/Failed to load resource|when fetching the script/.test(message.text())) wrong.push(`console: ${message.text()}`);
      });
      context.on("request", (request) => {
        if (!request.url().startsWith(daybook.url) && !/^(blob|about|data):/.test(request.url())) wrong.push(`foreign: ${request.url()}`);
      });
      await use();
      expect(wrong.filter((message) => !expected.some((part) => (typeof part === "string" ? message.includes(part) : part.test(message))))).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

/** sizes are the widths at which the page is looked at. */
export const sizes = [
  { width: 360, height: 740 },
  { width: 1280, height: 800 },
  { width: 2560, height: 1440 },
];

/** SHOTS=1 takes screenshots, for people to look at: no test reads them. */
const shots = Boolean(process.env.SHOTS);
/** QUICK=1 skips the accessibility checks, which take a third of the time. */
const quick = Boolean(process.env.QUICK);

/** rest waits until the page is laid out for its size, and what moves to somewhere is there. */
async function rest(page: Page) {
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  await page.waitForFunction(() =>
    document.getAnimations().every((animation) => animation.playState !== "running" || animation.effect?.getComputedTiming().endTime === Infinity),
  );
}

/** shoot takes screenshots of the page at every size, light and dark: e2e/.out/screenshots. */
export async function shoot(page: Page, name: string) {
  if (!shots) return;
  const folder = join(out, "screenshots");
  mkdirSync(folder, { recursive: true });
  const before = page.viewportSize();
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    for (const size of sizes) {
      await page.setViewportSize(size);
      await rest(page);
      await page.screenshot({ path: join(folder, `${name}-${size.width}-${colorScheme}.png`), animations: "disabled" });
    }
  }
  await page.emulateMedia({ colorScheme: "light" });
  if (before) await page.setViewportSize(before);
}

/**
 * accessible fails where axe finds something serious. Every rule is tried at a phone's width in the light and at a
 * desk's in the dark; what depends on both at once, the contrast, in the other two as well.
 */
export async function accessible(page: Page) {
  if (quick) return;
  const before = page.viewportSize();
  for (const colorScheme of ["light", "dark"] as const) {
    // A color that is on its way to another is none that anybody reads.
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    for (const [i, size] of sizes.slice(0, 2).entries()) {
      await page.setViewportSize(size);
      await rest(page);
      // The page has no frames of other origins, so axe runs in the page itself, without another page for each run.
      const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ["violations"] });
      if ((colorScheme === "light") !== (i === 0)) axe.withRules(["color-contrast"]);
      const { violations } = await axe.analyze();
      const serious = violations.filter((v) => v.impact === "serious" || v.impact === "critical");
      expect(serious.map((v) => `${colorScheme} ${size.width}: ${v.id}: ${v.nodes.map((n) => `${n.html} ${n.failureSummary}`).join("\n")}`)).toEqual([]);
    }
  }
  await page.emulateMedia({ colorScheme: "light", reducedMotion: null });
  if (before) await page.setViewportSize(before);
}

/** noSideways fails where the page is wider than the window. */
export async function noSideways(page: Page) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(over, "the page scrolls sideways").toBeLessThanOrEqual(0);
}
