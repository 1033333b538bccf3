// What a note embeds: pictures and other files of the vault.

/** fileOf is the file in the vault that a link leads to, "" for another address. */
export function fileOf(url: string): string {
  if (/^[a-z][a-z0-9+.-]*:/i.test(url) || url.startsWith("//")) return "";
  const name = url.split("#")[0] ?? "";
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** embeds matches what a note embeds: ![[name]], or a Markdown picture. The groups are the name, the address in <>, and another address. */
const embeds = /!\[\[([^\]|#\n]*)[^\]\n]*\]\]|!\[[^\]\n]*\]\((?:<([^<>\n]+)>|((?:[^\s()]|\([^\s()]*\))+))(?:\s+(?:"[^"\n]*"|'[^'\n]*'))?\s*\)/g;
const pictures = /\.(?:png|jpe?g|gif|webp|avif|bmp|heic|heif|tiff?)$/i;

/** picturesOf lists the pictures of the vault that a note embeds, each once. */
export function picturesOf(text: string): string[] {
  const names = [...text.matchAll(embeds)].map(([, name, inBrackets, address]) => name?.trim() ?? fileOf(inBrackets ?? address ?? ""));
  return [...new Set(names.filter((name) => pictures.test(name)))];
}

/** withoutEmbeds is a note's text without what it embeds. */
export const withoutEmbeds = (text: string) => text.replace(embeds, " ");
