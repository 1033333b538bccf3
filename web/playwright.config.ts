import { existsSync } from "node:fs";
import { defineConfig } from "@playwright/test";

const installed = (paths: string[]) => process.env.CHROMIUM || paths.find(existsSync);
const chromium = installed(["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]);
// The same engine without the browser's own windows takes a third less processor time for a test.
const shell = installed(["/usr/bin/chromium-headless-shell"]) ?? chromium;
const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

export default defineConfig({
  testDir: "e2e",
  outputDir: "e2e/.out/results",
  globalSetup: "./e2e/setup.ts",
  // Each test has a Daybook of its own, so those of one file need not wait for each other.
  fullyParallel: true,
  workers: 2,
  projects: [
    { name: "page", testIgnore: /figures\.spec\.ts$/ },
    // Times are measured in the browser that people have, and with nothing beside it.
    { name: "figures", testMatch: /figures\.spec\.ts$/, workers: 1, dependencies: ["page"], use: { launchOptions: { executablePath: chromium, args } } },
  ],
  timeout: 90_000,
  expect: { timeout: 10_000 },
  forbidOnly: Boolean(process.env.CI),
  // On a shared machine a test may time out; one that passed only at the second try is reported as flaky.
  retries: process.env.CI ? 1 : 0,
  reporter: [["list"]],
  use: {
    browserName: "chromium",
    viewport: { width: 1280, height: 800 },
    locale: "en-GB",
    timezoneId: "Europe/Zurich",
    launchOptions: { executablePath: shell, args },
    trace: "off",
  },
});
