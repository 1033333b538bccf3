import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { paper, png } from "./scans";
import { expect, test } from "./test";

const note = `---
title: Today: the buoy
---
Met [[Ilse|my friend]]; ==highlighted==, %%not for anybody%% end.

> [!note] A *small* callout
> Inside of it.

- [ ] buy rye
- [x] post letter
- [/] **paint** the boat
- [-] sell it
- [b] read [[Ilse]]
- [note] is no task

![[sea.png]] and ![the mill|120](files/mill%20pond.png) ![elsewhere](https://example.com/x.png) ![[nowhere.png]]

<div>Ilse caught a pike.</div>

H<sub>2</sub>O and a < b

\u05d4\u05dc\u05db\u05ea\u05d9 \u05dc\u05d9\u05dd

In English again. #sea

> \u05e6\u05d9\u05d8\u05d5\u05d8

==**bold** and more==

An escaped \\#pound, and #cliff.

#+BEGIN_QUOTE
Said the *crow*.
#+END_QUOTE

- one
  #+BEGIN_TIP
  Bring a rope.

  And gloves.
  #+END_TIP
- #+BEGIN_QUOTE without an end
`;

test.use({
  options: {
    journal: (journal) => {
      mkdirSync(join(journal, ".obsidian"), { recursive: true });
      mkdirSync(join(journal, "files"));
      writeFileSync(join(journal, ".obsidian", "app.json"), "{}");
      writeFileSync(join(journal, "2024-06-04.md"), note);
      writeFileSync(join(journal, "2024-06-05 Harbour.md"), "As [[2024-06-04|the day before]], see [[#Evening tea]], [[2024-06-06#^pike|the pike]] and [Thursday](2024-06-06.md#Night).\n\n# Evening: tea\n\nTea.\n");
      writeFileSync(join(journal, "2024-06-06.md"), "---\naliases: [Pike day]\n---\nWe caught a pike. ^pike\n\n## Night\n\nStars. ![[2024-06-04]]\n");
      writeFileSync(join(journal, "files", "sea.png"), png(64, 48, paper(64, 48, 1)));
      writeFileSync(join(journal, "files", "mill pond.png"), png(64, 48, paper(64, 48, 2)));
    },
  },
});

test("a note is shown as its app shows it, and a tick changes one byte", async ({ page, daybook }) => {
  await page.goto("/app/journal/2024-06-04");
  const words = page.locator(".entry-words");
  await expect(words.locator("a.attachment img")).toHaveCount(2);
  for (const image of await words.locator("a.attachment img").all()) await expect.poll(() => image.evaluate((img: HTMLImageElement) => img.naturalWidth)).toBeGreaterThan(0);
  await expect(words.locator(".embed")).toHaveText(["elsewhere", "nowhere.png"]);
  await expect(words.locator("mark.highlight")).toHaveText(["highlighted", "bold and more"]);
  await expect(words.locator("a.attachment .attachment-name")).toHaveText("the mill");
  await expect(words.locator(".callout strong")).toHaveText(["A small callout", "Tip"]);
  await expect(words.locator(".callout").first()).toContainText("Inside of it.");
  await expect(words.locator("li .callout")).toContainText(/Bring a rope\.\s*And gloves\.\s*$/);
  await expect(words.locator("blockquote", { hasText: "crow" })).toHaveText("Said the crow.");
  await expect(words).toContainText("#+BEGIN_QUOTE without an end");
  await expect(words.getByRole("link", { name: /^#/ })).toHaveText(["#sea", "#cliff"]);
  await expect(words).toContainText("An escaped #pound, and");
  await expect(words).toContainText("Ilse caught a pike.");
  await expect(words).toContainText("H2O and a < b");
  for (const hidden of ["anybody", "<div>", "[!note]", "==", "Today: the buoy"]) await expect(words).not.toContainText(hidden);
  const direction = (text: string) => words.getByText(text).evaluate((p) => getComputedStyle(p).direction);
  expect(await direction("\u05d4\u05dc\u05db\u05ea\u05d9")).toBe("rtl");
  expect(await direction("In English again.")).toBe("ltr");
  expect(await words.locator("blockquote", { hasText: "\u05e6" }).evaluate((quote) => getComputedStyle(quote).direction)).toBe("rtl");

  // States of other apps are shown, and are not ticked.
  const state = (of: string) => words.locator("li", { hasText: of }).getByRole("img");
  await expect(state("paint the boat")).toHaveAccessibleName("In progress");
  await expect(state("sell it")).toHaveAccessibleName("Cancelled");
  await expect(state("read Ilse")).toHaveText("b");
  await expect(words).toContainText("[note] is no task");
  for (const raw of ["[/]", "[-]", "[b]"]) await expect(words).not.toContainText(raw);

  const file = join(daybook.journal, "2024-06-04.md");
  const boxes = words.getByRole("checkbox");
  await expect(boxes).toHaveCount(2);
  await expect(boxes.first()).toHaveAccessibleName(/buy/);
  await boxes.first().click();
  await expect(boxes.first()).toHaveAttribute("aria-checked", "true");
  expect(readFileSync(file, "utf8")).toBe(note.replace("- [ ] buy", "- [x] buy"));
  await boxes.first().click();
  await expect(boxes.first()).toHaveAttribute("aria-checked", "false");
  expect(readFileSync(file, "utf8")).toBe(note);
});

test("excerpts are clean text, with the first picture", async ({ page }) => {
  await page.goto("/app/search?tag=sea");
  const listed = page.locator(".result").first();
  await expect(listed).toContainText("Met my friend; highlighted, end.");
  for (const mark of ["![[", "[ ]", "==", "%%"]) await expect(listed).not.toContainText(mark);
  await expect(listed.locator(".result-picture")).toBeVisible();
});

test("links lead to notes, headings and blocks, and back", async ({ page }) => {
  const words = page.locator(".entry-words");
  const marked = words.locator("mark.passage").first();
  await page.goto("/app/journal/2024-06-05");
  await words.getByRole("link", { name: "the pike" }).click();
  await expect(page).toHaveURL(/\/app\/journal\/2024-06-06\?entry=/);
  await expect(marked).toHaveText("We caught a pike.");
  await page.goto("/app/journal/2024-06-05");
  await words.getByRole("link", { name: "#Evening tea" }).click();
  await expect(marked).toHaveText("Evening: tea");
  await words.getByRole("link", { name: "Thursday" }).click();
  await expect(marked).toHaveText("Night");
  await words.getByRole("link", { name: "2024-06-04" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("4");

  const back = page.getByRole("region", { name: "2 links from other notes" });
  await expect(back.getByRole("listitem")).toHaveCount(2);
  await expect(back).toContainText("As the day before, see");
  await back.getByRole("link").last().click();
  await expect(page).toHaveURL(/\/app\/journal\/2024-06-05\?entry=/);
  await expect(marked).toHaveText("the day before");
});

test("a picture is zoomed in the page, and nothing is loaded from elsewhere", async ({ page }) => {
  const elsewhere: string[] = [];
  page.on("request", (request) => {
    if (new URL(request.url()).hostname !== "127.0.0.1") elsewhere.push(request.url());
  });
  await page.goto("/app/journal/2024-06-04");
  await page.locator("a.attachment").first().click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("img", { name: "sea.png" })).toBeVisible();
  const width = () => dialog.locator("img").evaluate((img) => img.getBoundingClientRect().width);
  const before = await width();
  await dialog.getByRole("button", { name: "Zoom in" }).click();
  await expect.poll(width).toBeGreaterThan(before * 1.2);
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  expect(elsewhere).toEqual([]);
});

test("pictures are pasted, dropped and chosen into a note, where the vault keeps them", async ({ page, daybook }) => {
  const picture = png(64, 48, paper(64, 48, 3)).toString("base64");
  await page.goto("/app/write?day=2024-06-07");
  const area = page.getByRole("textbox", { name: /Note of/ });
  await area.fill("Swam.");
  await page.getByLabel("Pictures to add").setInputFiles([{ name: "buoy.png", mimeType: "image/png", buffer: Buffer.from(picture, "base64") }]);
  await expect(area).toHaveValue("Swam.\n![[buoy.png]]\n");
  const send = (kind: "paste" | "drop", name: string) =>
    area.evaluate(
      (element, [kind, name, data]) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], name, { type: "image/png" }));
        element.dispatchEvent(kind === "paste" ? new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true }) : new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
      },
      [kind, name, picture] as const,
    );
  await send("drop", "dropped [1].png");
  await expect(area).toHaveValue("Swam.\n![[buoy.png]]\n![[dropped -1-.png]]\n");
  await send("paste", "image.png");
  await expect(area).toHaveValue(/!\[\[Pasted image \d{14}\.png\]\]\n$/);
  expect(readFileSync(join(daybook.journal, "buoy.png")).toString("base64")).toBe(picture);
  const file = join(daybook.journal, "2024-06-07.md");
  await expect.poll(() => (existsSync(file) ? readFileSync(file, "utf8") : "")).toContain("Pasted image");
  await expect(async () => { // what is on the disk is read soon
    await page.goto("/app/journal/2024-06-07");
    await expect(page.locator("a.attachment img")).toHaveCount(3, { timeout: 3000 });
  }).toPass();
});
