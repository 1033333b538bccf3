import { withoutEmbeds } from "./embeds";

/** wordCount counts the words of a note, without the names of the files that it embeds. */
export function wordCount(text: string): number {
  return withoutEmbeds(text).match(/\S+/g)?.length ?? 0;
}
