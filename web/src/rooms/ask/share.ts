import { longDay } from "../../lib/dates";
import { withoutEmbeds } from "../../lib/embeds";
import { toast } from "../../ui/Toasts";
import { byNote, citedIn, isDaily, type Source } from "./source";
import { words } from "./words";

/**
 * shareText is an answer with its question and its sources, as plain text. Words of private notes are left out, and those
 * that are at a stored place now: the note may have been changed since.
 */
export function shareText(question: string, text: string, citations: ReadonlyMap<number, Source>): string {
  const sources = byNote(citedIn(text, citations)).map((group) => {
    const [first] = group;
    const name = isDaily(first) ? longDay(first.date) : first.title;
    const quotes = group.some((source) => source.private) ? [] : group.flatMap(({ words: said }) => (said ? [`   “${said.replace(/\s+/g, " ").trim()}”`] : []));
    return [`${group.map(({ number }) => `[${number}]`).join("")} ${name}`, ...quotes].join("\n");
  });
  return [question.trim(), plain(text), ...(sources.length > 0 ? [`${words.sources}\n${sources.join("\n")}`] : [])].filter(Boolean).join("\n\n");
}

/** plain is an answer without embeds, and with links between notes as words. */
function plain(text: string): string {
  const link = /\[\[(?:[^[\]\n|]*\|)?([^[\]\n|]+)\|?\]\]/g;
  return withoutEmbeds(text).replace(link, (_, name: string) => (/^\d+$/.test(name) ? `[${name}]` : name)).replace(/[ \t]+$/gm, "").trim();
}

/** share gives an answer to the system's share sheet on a phone, and copies it elsewhere. */
export async function share(question: string, text: string, citations: ReadonlyMap<number, Source>) {
  const shared = shareText(question, text, citations);
  if (typeof navigator.share === "function" && matchMedia("(pointer: coarse)").matches) {
    try {
      await navigator.share({ text: shared });
      return;
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") return;
    }
  }
  try {
    await navigator.clipboard.writeText(shared);
    toast(words.shared);
  } catch {
    toast(words.notCopied, { urgent: true });
  }
}
