import { ApiError } from "../../lib/api";
import { forgetDraft, readDraft, writeDraft } from "../../lib/draft";
import { createEntry, fetchDay, fetchEntry, notesChanged, plain, saveEntry, type Entry } from "../../lib/entries";
import { acceptNote, fetchVersion, restoreVersion, versionOf, wasDeletedHere } from "../../lib/history";
import { merge } from "../../lib/merge";
import { messageOf } from "../../ui/States";
import type { Kept, State } from "./kept";
import { words } from "./words";

const pause = 900; // milliseconds without a key before it is saved
const longest = 5000; // it is saved at least so often while somebody types on
const look = 10_000; // how often the file is looked at while nothing is typed

/**
 * Keeper keeps the note of a day: it saves what is typed as one goes, keeps it
 * in the browser until that is done, and never writes over a file that it has
 * not read. It lives on until what was typed is saved, whatever is shown.
 */
export class Keeper {
  kept: Kept = { state: { is: "loading" }, text: "", entry: null, base: "", others: [], restored: false, replaced: null, merged: null };
  private listeners = new Set<() => void>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private since = 0; // when the first unsaved key came
  private busy: Promise<void> | null = null;
  private failures = 0;
  private watching: ReturnType<typeof setInterval> | undefined;
  private savedHere = false; // what the file says was saved by this page

  constructor(readonly day: string) {}

  subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };
  snapshot = () => this.kept;

  private set(change: Partial<Kept>) {
    this.kept = { ...this.kept, ...change };
    for (const listener of this.listeners) listener();
  }

  /** Begins: the day is read, and what was left behind comes back. It returns what ends the watching; what is unsaved is still saved. */
  open(): () => void {
    void this.load();
    const onSight = () => {
      if (document.visibilityState === "hidden") void this.flush(true);
      else void this.refresh();
    };
    const onFocus = () => void this.refresh();
    const onLine = () => this.kept.state.is === "failed" && this.kept.state.again && void this.save();
    document.addEventListener("visibilitychange", onSight);
    addEventListener("focus", onFocus);
    addEventListener("online", onLine);
    this.watching = setInterval(() => document.visibilityState === "visible" && void this.refresh(), look);
    return () => {
      document.removeEventListener("visibilitychange", onSight);
      removeEventListener("focus", onFocus);
      removeEventListener("online", onLine);
      clearInterval(this.watching);
      void this.flush();
    };
  }

  async load() {
    this.set({ state: { is: "loading" } });
    try {
      const { entries } = await fetchDay(this.day);
      this.take(entries);
    } catch (error) {
      this.set({ state: { is: "unreadable", error } });
    }
  }

  private take(entries: Entry[]) {
    // The note of this day alone comes before one for several days.
    const sorted = [...entries].sort((a, b) => a.dates.length - b.dates.length);
    const entry = sorted[0] ?? null;
    if (entry && !entry.etag) {
      return this.set({ state: { is: "unreadable", error: new ApiError(503, words.keeper.fileLocked) } });
    }
    const text = entry ? plain(entry.text) : "";
    const replaced = entry?.replaced ?? null;
    const shared = { entry, base: text, others: sorted.slice(1), replaced, merged: null };
    this.savedHere = false;
    const draft = readDraft(this.day);
    const left = draft && plain(draft.text) !== text ? draft : null;
    if (!left) {
      writeDraft(this.day, null);
      this.set({ ...shared, text, restored: false, state: this.rest(entry, replaced) });
    } else if (plain(left.base) === text) {
      this.set({ ...shared, text: left.text, restored: true, state: { is: "typing" } });
      this.soon();
    } else {
      this.set({ ...shared, base: left.base, text: left.text, restored: true, state: { is: "conflict", theirs: entry } });
    }
  }

  /** The state of a text that is as its file says. */
  private rest(entry: Entry | null, replaced = this.kept.replaced): State {
    if (!entry) return { is: "empty" };
    return replaced ? { is: "replaced" } : { is: "saved", at: null };
  }

  /** Takes what is typed. */
  type(text: string) {
    const { state, entry } = this.kept;
    if (state.is === "loading" || state.is === "unreadable" || state.is === "conflict") return;
    const nothing = text.trim() === "";
    writeDraft(this.day, nothing ? null : { text, base: this.kept.base, etag: this.kept.entry?.etag ?? null });
    if (plain(text) === this.kept.base && !this.busy) {
      this.stop();
      writeDraft(this.day, null);
      this.set({ text, state: this.rest(entry) });
      return;
    }
    if (nothing) this.stop();
    this.set({ text, state: nothing ? { is: entry ? "blank" : "empty" } : { is: "typing" } });
    if (!nothing) this.soon();
  }

  private stop() {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.since = 0;
  }

  private soon() {
    this.since ||= Date.now();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.save(), Math.max(0, Math.min(pause, this.since + longest - Date.now())));
  }

  /** Saves what is not saved yet. `leaving` has the browser finish it when the page is gone. */
  async flush(leaving = false) {
    if (this.kept.state.is === "typing" || (this.kept.state.is === "failed" && this.kept.state.again)) await this.save(leaving);
  }

  /** Saves now; one at a time. */
  async save(leaving = false): Promise<void> {
    this.stop();
    if (this.busy) {
      await this.busy;
      return this.flush(leaving);
    }
    const { text, state } = this.kept;
    if (text.trim() === "" || state.is === "conflict" || state.is === "loading" || state.is === "unreadable") return;
    this.set({ state: { is: "saving" } });
    this.busy = this.write(text, leaving);
    await this.busy;
  }

  private async write(text: string, leaving: boolean) {
    const { entry } = this.kept;
    try {
      const saved = entry ? await saveEntry(entry.id, entry.etag ?? "", text, entry.pages.length > 0, leaving) : await createEntry(this.day, text, leaving);
      this.busy = null;
      this.failures = 0;
      this.done(text, saved);
    } catch (error) {
      this.busy = null;
      await this.failed(error);
    }
  }

  private done(text: string, saved: Entry) {
    this.savedHere = true;
    this.set({ entry: saved, base: plain(text), restored: false, replaced: null });
    notesChanged();
    if (this.kept.text === text) {
      forgetDraft(this.day, text);
      this.set({ state: { is: "saved", at: new Date() } });
    } else {
      this.type(this.kept.text); // more was typed meanwhile
    }
  }

  private async failed(error: unknown) {
    if (error instanceof ApiError) {
      if (error.status === 412 || error.status === 404 || error.status === 409) return this.compare(error);
      if (error.status === 0 || error.status >= 500) {
        const wait = Math.min(2000 * 2 ** this.failures++, 30_000);
        this.set({ state: { is: "failed", why: error.message, again: true } });
        this.timer = setTimeout(() => void this.save(), wait);
        return;
      }
      if (error.status === 413) {
        return this.set({ state: { is: "failed", why: words.keeper.tooLong, again: false } });
      }
    }
    this.set({ state: { is: "failed", why: messageOf(error), again: false } });
  }

  /** Looks at what is on the disk when it is not what the text was made from. */
  private async compare(why: ApiError) {
    const { entry, text, base } = this.kept;
    let theirs: Entry | null = null;
    try {
      const inTheWay = (why.body as { entry_id?: string } | undefined)?.entry_id;
      const id = inTheWay ?? entry?.id;
      if (why.status === 409 && !inTheWay) return this.set({ state: { is: "failed", why: why.message, again: false } });
      if (id) theirs = await fetchEntry(id);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 404) return this.set({ state: { is: "failed", why: messageOf(error), again: true } });
    }
    if (theirs && plain(theirs.text) === plain(text)) return this.done(text, theirs);
    if (theirs && entry && plain(theirs.text) === base) {
      // Only what is not the text has changed, as its front matter.
      this.set({ entry: theirs });
      return this.save();
    }
    if (theirs && entry && (await this.tryMerge(base, text, theirs))) return;
    this.set({ state: { is: "conflict", theirs } });
  }

  /** Merges; nothing else is saved until that is done. */
  private async tryMerge(base: string, mine: string, theirs: Entry): Promise<boolean> {
    const merging = this.merge(base, mine, theirs);
    this.busy = merging.then(() => {});
    const merged = await merging;
    this.busy = null;
    return merged;
  }

  /**
   * Brings together what was written here and what another program wrote, and
   * saves that. It returns false where that takes a person, and has then found
   * what both were made from.
   */
  private async merge(base: string, mine: string, theirs: Entry): Promise<boolean> {
    let found: { base: string; text: string | null };
    let saved: Entry;
    try {
      const { together } = await import("../../lib/together");
      found = await together(theirs.id, base, plain(mine), plain(theirs.text));
      this.set({ base: found.base });
      if (found.text === null || !theirs.etag) return false;
      saved = await saveEntry(theirs.id, theirs.etag, found.text, theirs.pages.length > 0, false, "merge");
    } catch {
      return false; // it changed once more, or cannot be written: both are shown
    }
    const typed = this.kept.text; // more may have been typed meanwhile
    const merged = { mine, base: found.base, theirs: versionOf(theirs.etag) };
    this.savedHere = true;
    notesChanged();
    if (plain(typed) === plain(mine)) {
      forgetDraft(this.day, typed);
      this.set({ entry: saved, base: found.text, text: found.text, restored: false, replaced: null, merged, state: { is: "saved", at: new Date() } });
      return true;
    }
    const more = merge(plain(mine), plain(typed), found.text);
    this.set({ entry: saved, restored: false, replaced: null, merged });
    if (more.both > 0) {
      this.set({ base: plain(mine), state: { is: "conflict", theirs: saved } });
      return true;
    }
    this.set({ base: found.text, state: { is: "typing" } });
    this.type(more.text);
    return true;
  }

  /** Takes a merge back: the file is again what the other program wrote, and both versions are shown. */
  async unmerge() {
    const { merged, entry, state } = this.kept;
    if (!merged || !entry?.etag || state.is !== "saved") return;
    const theirs = await restoreVersion(entry.id, merged.theirs, entry.etag);
    notesChanged();
    writeDraft(this.day, { text: merged.mine, base: merged.base, etag: null });
    this.set({ merged: null, base: merged.base, text: merged.mine, state: { is: "conflict", theirs } });
  }

  /** What was merged is looked at. */
  mergeSeen() {
    this.set({ merged: null });
  }

  /** Goes on after a conflict, on top of what is on the disk. */
  settle(text: string) {
    const { state } = this.kept;
    if (state.is !== "conflict") return;
    const { theirs } = state;
    this.savedHere = false;
    this.set({ entry: theirs, base: theirs ? plain(theirs.text) : "", replaced: null, state: this.rest(theirs, null) });
    this.type(text);
    if (theirs && plain(text) === plain(theirs.text)) void this.accept(theirs);
  }

  /** Has what another program wrote count as saved. */
  private async accept(theirs: Entry) {
    if (!theirs.etag || !theirs.replaced) return;
    try {
      await acceptNote(theirs.id, theirs.etag);
    } catch {
      // It changed again, and is looked at again; or the server is away, and asks again later.
    }
  }

  /** Keeps what the file says. */
  async keepReplacement() {
    const { entry, state } = this.kept;
    if (!entry?.etag || state.is !== "replaced") return;
    const now = await acceptNote(entry.id, entry.etag);
    this.set({ entry: now, replaced: null, state: { is: "saved", at: null } });
    notesChanged();
  }

  /** Shows what was saved here beside what replaced it. */
  async compareReplaced() {
    const { entry, replaced, state } = this.kept;
    if (!entry || !replaced || state.is !== "replaced") return;
    const saved = await fetchVersion(entry.id, replaced.version);
    await this.clash(plain(saved.text), entry);
  }

  private async clash(mine: string, theirs: Entry) {
    const { together } = await import("../../lib/together");
    const { base } = await together(theirs.id, mine, mine, plain(theirs.text));
    this.set({ base, text: mine, state: { is: "conflict", theirs } });
  }

  /** Looks at the file while nothing is typed: an edit there is taken in, unless it took away what was saved here. */
  async refresh() {
    const { state, entry } = this.kept;
    if (this.busy || (state.is !== "saved" && state.is !== "empty" && state.is !== "replaced")) return;
    const same = () => this.kept.state === state && !this.busy;
    try {
      if (!entry) {
        const { entries } = await fetchDay(this.day);
        if (entries.length > 0 && same() && this.kept.text.trim() === "") this.take(entries);
        return;
      }
      const now = await fetchEntry(entry.id);
      if (!same() || !now.etag || now.etag === entry.etag) return;
      await this.changed(now, same);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404 && same()) await this.vanished(entry, same);
    }
  }

  /** Takes in a note that another program has changed. */
  private async changed(now: Entry, same: () => boolean) {
    const mine = plain(this.kept.text);
    const text = plain(now.text);
    if (!now.replaced) {
      this.savedHere = false;
      return this.set({ entry: now, base: text, text: text === mine ? this.kept.text : text, replaced: null, merged: null, state: { is: "saved", at: null } });
    }
    if (!this.savedHere) {
      return this.set({ entry: now, base: text, text, replaced: now.replaced, merged: null, state: { is: "replaced" } });
    }
    const saved = plain((await fetchVersion(now.id, now.replaced.version)).text);
    if (!same()) return;
    if (!(await this.tryMerge(saved, saved, now))) this.set({ state: { is: "conflict", theirs: now } });
  }

  /** The file is gone: that is a conflict unless it was deleted here. */
  private async vanished(entry: Entry | null, same: () => boolean) {
    const deleted = entry && (await wasDeletedHere(entry.id));
    if (!same()) return;
    if (entry && deleted === false && this.kept.text.trim() !== "") this.set({ state: { is: "conflict", theirs: null } });
    else await this.load();
  }

  /** The note was deleted here. */
  deleted() {
    this.stop();
    writeDraft(this.day, null);
    this.set({ entry: null, base: "", text: "", restored: false, replaced: null, merged: null, state: { is: "empty" } });
  }
}
