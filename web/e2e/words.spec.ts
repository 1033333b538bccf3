import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "./test";

// Ways in which note apps and people write; "@" becomes a word of its own each time.
const forms: string[] = [
  "@ **@** *@* ~~@~~ ==@== `@` <u>@</u> __@__ ***@***",
  "# @\n## @ #tag@\n### @\n#### @",
  "Setext @\n===\n\nSetext @\n---",
  "> @\n> > @\n> @",
  "> [!note] @\n> @\n> - @\n> ```\n> @\n> ```",
  "> [!warning]- @\n> @",
  "> [!quote]\n> @",
  "> [!tip]+ *@* @\n> > [!info] @\n> > @",
  "- @\n\t- @\n\t\t- @\n- TODO @\n- DONE @\n- LATER @\n- [ ] @\n- [x] @\n- [/] @\n- [-] @\n- [>] @",
  "1. @\n2. @\n   @\n\n   @\n10) @",
  "* @\n+ @\n    indented @\n        deeper @",
  "| @ | @ |\n| --- | :-: |\n| @ | @ |\n| [[@|@]] | ==@== |",
  "| a @ |\n|---|\n| $@$ |",
  "not a table | @ | @",
  "Text[^1] @ and[^long-@] more ^[inline @].\n\n[^1]: Footnote @\n[^long]: Another @\n    goes on @\n[^never]: unused @",
  "$@ = \\frac{@}{2}$ and $$\n@\n$$\n\n$$@$$",
  "```js\n@\n```\n\n~~~\n@\n~~~\n\n```mermaid\ngraph @\n```\n\n````\n```\n@\n```\n````",
  "``` unclosed @\n@".replace("``` unclosed", "text ``` unclosed"),
  "<div>@</div>\n\n<p align=\"center\">@</p>\n\n<details><summary>@</summary>\n@\n</details>",
  "<script>@</script>\n\n<style>@</style>\n\n<iframe>@</iframe>\n\n<textarea>@</textarea>\n\n<title>@</title>",
  "<custom-tag>@</custom-tag> <svg><text>@</text></svg> a < b @ > c",
  "<table><tr><td>@</td><th>@</th></tr></table>",
  "<ul>\n<li>@\n<li>@\n</ul>\n@",
  "<!DOCTYPE @>\n\n<?php @ ?>\n\n<![CDATA[@]]>",
  "<a href=\"https://example.com\">@</a> <img alt=\"@\" src=\"x.png\"> <span style=\"display:none\">@</span> <b hidden>@</b>",
  "[@](https://example.com) [@][ref] [@][] [@] <https://example.com/@> https://example.com/@ mail@@example.com".replaceAll("mail@@", "mail-@"),
  "[ref]: https://example.com \"@\"\n[@]: nothing\n@",
  "![@](https://example.com/x.png) ![@](nowhere.png \"@\") ![[nowhere-@.png]] ![[note @]] ![[note#heading|@]]",
  "[[@]] [[note|@]] [[note#@]] [[#^@]] [[@ note.md]] [@](note.md)",
  "#tag@ #nested/@ #2024-@ \\#not@ &amp; &copy; @ &lt;@&gt;",
  "key@:: @\n\n- type@:: @",
  "{{@}} {{cloze @}} ((@)) {@} {{{@}}} %@% [[[@]]]",
  "^^@^^ ~@~ ::@:: ||@|| ++@++ --@-- =@= ===@===",
  "@\\\n@  \n@\n@",
  "***\n@\n___\n@\n- - -\n@",
  "Term @\n: Definition @\n\n*[ABBR]: @",
  "@\u00ad@ @\u200b@ @\u2028@",
  "\u05e9\u05dc\u05d5\u05dd @\n\n\u0645\u0631\u062d\u0628\u0627 @ English @\n\nEnglish @ \u05e9\u05dc\u05d5\u05dd",
  "    four spaces @\n\n\ttab @",
  "#no-space @\n#\n####### @",
  "- [@](x.md)\n-@\n-\n- @",
  "[illegible] [@?] [?] [@ @?]",
  "10:30 @ \u2014 @ :smile: :@:",
  "<@> < @ > <@ <<@>> </@> <br>@<br/>@<hr>@",
  "&nbsp;@ &#64;@ \\*@\\* \\[@\\]",
  "---\n@: @\n---\n@",
  "+++\n@ = 1\n+++\n@",
  "%% unclosed @",
  "<!-- unclosed @",
  "[@](javascript:alert) [@](data:text/html,x) [@](file:///x)",
  "\u300c@\u300d \uff03@ \u3010@\u3011",
];
const hiddenForms = ["%% @ %%", "%%\n@\n@\n%%", "<!-- @ -->", "<!--\n@\n-->", "```dataview\n@\n```", "```query\n@\n```", "id:: @\ncollapsed:: true"];

let count = 0;
const written: string[] = [];
const fill = (form: string, sort: string, into: string[]) =>
  form.replace(/@/g, () => {
    count++;
    const word = `${sort}${count.toString(36)}q`;
    into.push(word);
    return word;
  });
const hidden: string[] = [];
const notes = [...forms.map((form) => fill(form, "zw", written)), ...hiddenForms.map((form) => `Seen.\n\n${fill(form, "zh", hidden)}\n\nSeen too.`)];

test.use({
  options: {
    journal: (journal) => {
      for (const [i, note] of notes.entries()) writeFileSync(join(journal, `2023-${String(1 + Math.floor(i / 28)).padStart(2, "0")}-${String(1 + (i % 28)).padStart(2, "0")}.md`), `Begin.\n\n${note}\n`);
    },
  },
});

test("each word of a note is shown, however it is written, and nothing that is hidden", async ({ page }) => {
  test.setTimeout(240_000);
  const lost: string[] = [];
  for (const [i, note] of notes.entries()) {
    await page.goto(`/app/journal/2023-${String(1 + Math.floor(i / 28)).padStart(2, "0")}-${String(1 + (i % 28)).padStart(2, "0")}`);
    const words = page.locator(".entry-words .prose");
    await expect(words).toContainText(i < forms.length ? "Begin." : "Seen.");
    // What somebody sees, with the names of pictures and links.
    const shown = await words.evaluate((element) => (element as HTMLElement).innerText + [...element.querySelectorAll("[aria-label],[alt],[href],[title]")].map((e) => `${e.getAttribute("aria-label")} ${e.getAttribute("alt")}`).join(" "));
    lost.push(...written.filter((word) => note.includes(word) && !shown.includes(word)).map((word) => `${word} of ${JSON.stringify(note)}`));
    lost.push(...hidden.filter((word) => note.includes(word) && shown.includes(word)).map((word) => `hidden ${word} of ${JSON.stringify(note)}`));
  }
  expect(lost).toEqual([]);
});
