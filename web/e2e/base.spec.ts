import { readFileSync } from "node:fs";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test as base } from "./test";

const below = "/daybook";
const token = "seven-quiet-herons-19";

/** Proxy serves a Daybook at /daybook, and notes what is asked for beside it. */
class Proxy {
  readonly beside: string[] = [];
  private constructor(private server: Server) {}

  /** With strip the prefix is removed, as proxies with a path in their target do. */
  static async start(target: string, strip: boolean) {
    const proxy: Proxy = new Proxy(
      createServer((from, to) => {
        const path = from.url ?? "";
        if (path !== below && !path.startsWith(`${below}/`)) {
          proxy.beside.push(path);
          to.writeHead(404).end();
          return;
        }
        const headers = { ...from.headers, "x-forwarded-for": "192.0.2.7" };
        const on = request(target, { path: strip ? path.slice(below.length) || "/" : path, method: from.method, headers }, (answer) => {
          to.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(to);
        });
        on.on("error", () => to.writeHead(502).end());
        from.pipe(on);
      }),
    );
    await new Promise<void>((done) => proxy.server.listen(0, "127.0.0.1", done));
    return proxy;
  }

  get url() {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop() {
    this.server.closeAllConnections();
    return new Promise((done) => this.server.close(done));
  }
}

for (const strip of [false, true]) {
  const test = base.extend<{ front: Proxy }>({
    front: async ({ daybook }, use) => {
      const proxy = await Proxy.start(daybook.url, strip);
      await use(proxy);
      await proxy.stop();
    },
    baseURL: async ({ front }, use) => use(front.url),
    options: { token, args: ["--base-path", below], ownDemo: true },
    expected: [/^foreign: http:\/\/127\.0\.0\.1:/],
  });

  test.describe(strip ? "behind a proxy that removes the prefix" : "behind a proxy that keeps the prefix", () => {
    test("the page works below a path", async ({ page, front, context, daybook }) => {
      await page.addInitScript(() => localStorage.setItem("daybook/daybook.first-run", "done"));
      await page.goto(`${below}/#token=${token}`);
      await expect(page.getByRole("navigation", { name: "Rooms" })).toBeVisible();
      await expect(page).toHaveURL(`${front.url}${below}/`);
      expect((await context.cookies()).map((cookie) => cookie.path)).toEqual([below]);
      for (const room of ["Threads", "Write", "Journal", "Add", "Years", "Status", "Settings", "Ask"]) {
        await page.getByRole("navigation", { name: "Rooms" }).getByRole("link", { name: room }).click();
        await expect(page).toHaveURL(new RegExp(`^${front.url}${below}/app/${room.toLowerCase()}`));
        await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      }
      await page.getByRole("textbox", { name: "Your question" }).fill("When did I swim?");
      await page.keyboard.press("Enter");
      await expect(page).toHaveURL(new RegExp(`^${front.url}${below}/app/ask/.`));
      await page.reload(); // at an address of its own
      await expect(page.getByText("When did I swim?").first()).toBeVisible();
      await page.goto(`${below}/app/write?day=2024-11-30`);
      await expect(page.getByRole("textbox", { name: /^Note of/ })).toBeFocused();
      await page.keyboard.type("The heron stood in the reeds.");
      await expect(page.locator("#write-state")).toContainText("Saved at");
      await page.goto(`${below}/app/journal/2024-11-30`);
      await expect(page.getByText("The heron stood in the reeds.")).toBeVisible();
      // Every file of the page is loaded from below the path.
      expect(await page.locator("img").evaluateAll((images) => images.map((image) => (image as HTMLImageElement).naturalWidth > 0))).not.toContain(false);
      expect(front.beside).toEqual([]);
      const exported = page.waitForEvent("download");
      await page.goto(`${below}/app/status`);
      await page.getByRole("link", { name: /export|download/i }).first().click();
      const file = await exported;
      expect(file.suggestedFilename()).toMatch(/\.zip$/);
      const zip = readFileSync(await file.path()).toString("latin1");
      for (const part of ["PK", "11-30-2024.md", "conversations.json", "analyses.json", "README.md"]) expect(zip).toContain(part);
      // The shell of this path opens without the server.
      const scope = await page.evaluate(async () => (await navigator.serviceWorker.ready).scope);
      expect(scope).toBe(`${front.url}${below}/`);
      await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
      await daybook.halt();
      await front.stop();
      await page.goto(`${below}/app/journal`);
      await expect(page.getByRole("navigation", { name: "Rooms" })).toBeVisible();
    });

    test("the manifest, the documentation and stored choices are below the path", async ({ page, front }) => {
      await page.goto(below);
      const manifest = await page.evaluate(async () => {
        const link = document.querySelector<HTMLLinkElement>('link[rel="manifest"]')!;
        const told = (await (await fetch(link.href, { credentials: "include" })).json()) as { start_url: string; scope: string; icons: { src: string }[]; shortcuts: { url: string }[] };
        return [told.start_url, told.scope, ...told.icons.map(({ src }) => src), ...told.shortcuts.map(({ url }) => url)].map((url) => new URL(url, link.href).pathname);
      });
      expect(manifest.filter((path) => !path.startsWith(`${below}/`))).toEqual([]);
      expect(await page.evaluate(() => Object.keys(localStorage).filter((key) => !key.startsWith("daybook/daybook.")))).toEqual([]);
      await page.goto(`${below}/#token=${token}`);
      await expect(page.getByRole("navigation", { name: "Rooms" })).toBeVisible();
      await page.goto(`${below}/docs/`);
      // The documentation draws all operations at once, which takes long on a machine with other work.
      await expect(page.getByText("/journal_chat/stream").first()).toBeVisible({ timeout: 60_000 });
      expect(front.beside).toEqual([]);
    });
  });
}
