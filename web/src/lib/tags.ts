/** tags matches the tags in a text. */
export const tags = /(?<![\p{L}\p{N}_/#&;])#(?=[\p{L}\p{N}_/-]*[\p{L}_])[\p{L}\p{N}_][\p{L}\p{N}_/-]*/gu;

/** Where "#" does not begin a tag: in code, links and addresses, and where it is escaped. */
const tagless = [
  /^ {0,3}(`{3,}(?=[^`\n]*$)|~{3,})[^\n]*(?:\n[\s\S]*?)?(?:^ {0,3}\1[`~]*[ \t]*$|$(?![\s\S]))/gm,
  /(?<!`)(`+)(?!`)(?:(?!\n\s*\n)[\s\S])*?(?<!`)\1(?!`)/g,
  /!?\[\[[^\]\n]*\]\]|\[[^\]\n]*\]\([^)\n]*\)|<[^<>\n]*>/g,
  /\b(?:[a-z][a-z0-9+.-]{0,30}:\/\/|www\.)[^\s<>]+/gi,
  /\\#/g,
];

/** tagsIn returns the tags that are shown as such in a note's text, in lower case. */
export function tagsIn(text: string): Set<string> {
  const rest = tagless.reduce((left, no) => left.replace(no, " "), text);
  return new Set([...rest.matchAll(tags)].map(([found]) => found.toLowerCase()));
}
