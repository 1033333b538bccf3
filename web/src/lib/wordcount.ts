/** wordCount counts the words of a note, without the names of the files that it embeds. */
export function wordCount(text: string): number {
  return text.replace(/!\[\[[^\]\n]*\]\]/g, " ").match(/\S+/g)?.length ?? 0;
}
