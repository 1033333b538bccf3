import { cpSync } from "node:fs";
import { createServer, request, type Server } from "node:http";
import { join } from "node:path";
import { root } from "./daybook";
import { accessible, expect, shoot, test } from "./test";

test.use({ firstRun: true, options: { generatedToken: true } });

/** ollama answers where Ollama does, without a key, as the stand-in does. It is null where something is there already. */
async function ollama(url: string, key: string): Promise<Server | null> {
  const server = createServer((incoming, outgoing) => {
    const passed = request(`${url}${incoming.url}`, { method: incoming.method, headers: { ...incoming.headers, host: new URL(url).host, authorization: `Bearer ${key}` } }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    passed.on("error", () => outgoing.destroy());
    incoming.pipe(passed);
  });
  return new Promise((done) => {
    server.once("error", () => done(null));
    server.listen(11434, "127.0.0.1", () => done(server));
  });
}

test("from Ollama running to the first answer, in few clicks", async ({ page, daybook, fake }) => {
  const server = await ollama(fake.url, fake.key);
  test.skip(server === null, "something else is at Ollama's port");
  try {
    const vault = join(daybook.folder, "vault");
    cpSync(join(root, "internal/demo/notes/journal/2024"), vault, { recursive: true });
    await page.goto(daybook.link);
    const began = Date.now();
    let clicks = 0;
    await page.getByLabel("The journal’s folder").fill(vault);
    await page.getByRole("button", { name: "Open this journal" }).click();
    clicks++;
    const use = page.getByRole("button", { name: /^Use .* from Ollama on this machine$/ });
    await expect(use).toBeVisible();
    await expect(page.getByRole("button", { name: "Stay offline" })).toBeVisible();
    await expect(page.getByLabel("Paste a key")).toBeVisible();
    await accessible(page);
    await shoot(page, "first-model");
    await use.click();
    clicks++;
    await page.getByRole("textbox", { name: "Your question" }).fill("When was I in the sea?");
    await page.keyboard.press("Enter");
    clicks++;
    expect(clicks).toBeLessThanOrEqual(5);
    await expect(page.getByRole("article", { name: "Answer" })).toContainText(/\w+ \w+/);
    const seconds = (Date.now() - began) / 1000;
    test.info().annotations.push({ type: "measured", description: `${seconds.toFixed(1)} s and ${clicks} clicks to the first answer` });
    expect(seconds).toBeLessThan(60);
    const { tasks } = (await (await page.request.get("/models")).json()) as { tasks: Record<string, string> };
    expect(tasks.chat).toMatch(/^ollama\//);
  } finally {
    server?.close();
  }
});
