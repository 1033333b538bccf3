import { ApiError } from "./api";
import { plain } from "./entries";
import { fetchHistory, fetchVersion } from "./history";
import { nearest, reconcile } from "./merge";

const mostTexts = 20; // how many versions are looked at for what another program began with

/** earlierTexts are what a note said before, the latest first; as many as can be had. */
async function earlierTexts(id: string): Promise<string[]> {
  try {
    const versions = (await fetchHistory(id, true)).filter((version) => version.etag !== null).slice(0, mostTexts);
    const texts = await Promise.all(versions.map((version) => fetchVersion(id, version.version)));
    return [...new Set(texts.map((version) => plain(version.text)))];
  } catch (error) {
    if (error instanceof ApiError) return [];
    throw error;
  }
}

/**
 * together tells what two versions of a note were made from, and what has the
 * changes of both, null where that cannot be done without somebody looking at
 * it. Another program may have begun with an older version than `base`.
 */
export async function together(id: string, base: string, mine: string, theirs: string): Promise<{ base: string; text: string | null }> {
  const candidates = [base, ...(await earlierTexts(id))].filter((text) => text !== mine || text === base);
  return { base: nearest(candidates, theirs), text: reconcile(candidates, mine, theirs) };
}
