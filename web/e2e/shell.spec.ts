import { accessible, expect, noSideways, shoot, test } from "./test";

const rooms = ["ask", "threads", "write", "journal", "add", "years", "status", "settings"];

test("every room opens, from the rail and by its keys", async ({ page }) => {
  await page.goto("/");
  for (const [room, key] of Object.entries({ Threads: "t", Write: "w", Journal: "j", Add: "p", Years: "y", Status: "s", Settings: "e", Ask: "a" })) {
    await page.getByRole("navigation", { name: "Rooms" }).getByRole("link", { name: room }).click();
    await expect(page).toHaveURL(new RegExp(`/app/${room.toLowerCase()}`));
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await page.goto("/app/nowhere");
    await expect(page.getByRole("heading", { level: 1, name: "Page not found" })).toBeVisible();
    // The second of two keys is waited for just over a second, which a busy machine may take.
    await expect(async () => {
      await page.keyboard.press("g");
      await page.keyboard.press(key);
      await expect(page).toHaveURL(new RegExp(`/app/${room.toLowerCase()}`), { timeout: 1500 });
    }).toPass({ timeout: 15_000 });
  }
});

test("the folder of the rooms leads to Ask", async ({ page }) => {
  await page.goto("/app/");
  await expect(page.getByRole("textbox", { name: "Your question" })).toBeVisible();
  expect(new URL(page.url()).pathname).toBe("/");
});

test("? lists the keys, / searches, Escape closes", async ({ page }) => {
  await page.goto("/app/status");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await expect(help).toContainText("Go to Journal");
  await accessible(page);
  await page.keyboard.press("Escape");
  await expect(help).toBeHidden();
  await page.keyboard.press("/");
  await expect(page).toHaveURL(/\/app\/search/);
});

test("the theme that was chosen stays", async ({ page }) => {
  await page.goto("/app/status");
  await page.getByRole("button", { name: "Theme" }).click();
  await page.getByRole("menuitemradio", { name: "Dark" }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
});

test("a menu stays open when the room behind it is loaded", async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  let release = () => {};
  const opened = new Promise<void>((done) => (release = done));
  await page.route("**/*", async (route) => {
    if (route.request().resourceType() === "fetch") await opened;
    await route.continue();
  });
  await page.goto("/");
  await page.getByRole("button", { name: "More" }).click();
  release();
  await expect(page.getByRole("textbox", { name: "Your question" })).toBeVisible();
  await expect(page.getByRole("menuitem", { name: "Years" })).toBeVisible();
});

test("a phone has a bar at the bottom, and the rest behind More", async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto("/");
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: "Years" }).click();
  await expect(page).toHaveURL(/\/app\/years/);
  for (const room of rooms) {
    await page.goto(`/app/${room}`);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await noSideways(page);
  }
});

test("the shell opens without a server, and keeps nothing of the journal", async ({ page, context, daybook }) => {
  await page.goto("/");
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await page.goto("/app/journal");
  const kept = await page.evaluate(async () => {
    const urls: string[] = [];
    for (const name of await caches.keys()) for (const request of await (await caches.open(name)).keys()) urls.push(new URL(request.url).pathname);
    return urls;
  });
  expect(kept.filter((path) => path !== "/" && !/^\/(assets\/|manifest\.webmanifest|favicon\.svg)/.test(path))).toEqual([]);
  expect(kept).toContain("/");
  await context.setOffline(true);
  await daybook.halt();
  await page.goto("/app/status");
  await expect(page.getByRole("navigation", { name: "Rooms" })).toBeVisible();
});

test("where the system sets all colors it still shows where one is, and which days are written", async ({ page }) => {
  await page.emulateMedia({ forcedColors: "active" });
  const drawn = (selector: string, what: "outlineStyle" | "borderStyle") => page.locator(selector).first().evaluate((element, property) => getComputedStyle(element)[property], what);
  await page.goto("/app/years");
  await expect(page.getByRole("heading", { name: "What was written" })).toBeVisible();
  expect(await drawn(".rail-link[aria-current]", "outlineStyle")).toBe("solid");
  expect(await drawn(".rail-link:not([aria-current])", "outlineStyle")).toBe("none");
  expect(await drawn(".years-nav [aria-current]", "outlineStyle")).toBe("solid");
  await page.goto("/app/journal");
  await expect(page.locator(".calendar-day").first()).toBeVisible();
  expect(await drawn(".calendar-day[class*='level-']", "borderStyle")).toBe("solid");
  expect(await drawn(".calendar-day:not([class*='level-'])", "borderStyle")).toBe("none");
});

for (const room of rooms) {
  test(`${room} is accessible, and looked at`, async ({ page }) => {
    await page.goto(`/app/${room}`);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await accessible(page);
    await shoot(page, `room-${room}`);
  });
}
