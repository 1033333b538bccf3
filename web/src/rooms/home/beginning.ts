const longest = 280; // characters of today's note

/** beginningOf is the beginning of a note as plain text. */
export function beginningOf(text: string): string {
  const plain = text
    .replace(/^---\n[\s\S]*?\n---\n/, "")
    .replace(/!\[\[[^\]]*\]\]|!\[[^\]]*\]\([^)]*\)/g, "")
    .replace(/\[\[(?:[^\]|]*\|)?([^\]]*)\]\]/g, "$1")
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/^\s*(?:#{1,6}\s+|[-*+]\s+(?:\[[ xX]\]\s+)?|>\s?)/gm, "")
    .replace(/[*_`~]{1,3}(?=\S)|(?<=\S)[*_`~]{1,3}/g, "")
    .replace(/\s*\n\s*/g, "\n")
    .trim();
  return plain.length > longest ? `${plain.slice(0, longest).replace(/\s+\S*$/, "")}…` : plain;
}
