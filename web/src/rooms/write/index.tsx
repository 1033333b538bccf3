import { BookOpen, CalendarDays, ChevronLeft, ChevronRight, Eye, History as HistoryIcon, Lightbulb, PenLine, X } from "lucide-react";
import { Fragment, lazy, Suspense, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { Link, useLocation, useSearch } from "wouter";
import { announce } from "../../lib/announce";
import { addDays, dayOfYear, isDay, longDay, plainDay, timeOf, today } from "../../lib/dates";
import { draftDays } from "../../lib/draft";
import { useDay } from "../../lib/entries";
import { picturesOf } from "../../lib/embeds";
import { fileUrl } from "../../lib/files";
import { momentOf } from "../../lib/history";
import { useKeys } from "../../lib/keys";
import { dayPath, writePath } from "../../lib/links";
import { keep, kept } from "../../lib/storage";
import { useTitle } from "../../lib/title";
import { wordCount } from "../../lib/wordcount";
import { Button, IconButton } from "../../ui/Button";
import { Bygone } from "../../ui/Bygone";
import { Confirm } from "../../ui/Dialog";
import { ErrorNote, messageOf, Note, Skeleton } from "../../ui/States";
import { removeNote } from "../../ui/remove";
import { toast } from "../../ui/Toasts";
import { WritingArea, type WritingHandle } from "../../ui/WritingArea";
import { OnThisDay } from "../../ui/OnThisDay";
import { Keeper } from "./keeper";
import type { State } from "./kept";
import { Toolbar } from "./Toolbar";
import { words } from "./words";
import "./write.css";

const Conflict = lazy(() => import("../../ui/Conflict"));
const History = lazy(() => import("../../ui/History"));
const EntryText = lazy(async () => ({ default: (await import("../../ui/EntryText")).EntryText }));

/** Write is where the note of a day is typed: today's, unless another is chosen. */
export default function Write() {
  const asked = new URLSearchParams(useSearch()).get("day") ?? "";
  const now = useToday();
  const day = isDay(asked) && asked <= now ? asked : now;
  useTitle(day === now ? words.room.write : `Write: ${plainDay(day)}`);
  return (
    <div className="room write">
      <Head day={day} now={now} />
      <Unsaved besides={day} />
      <Sheet key={day} day={day} />
    </div>
  );
}

/** Unsaved leads to words of other days that could not be saved when one left them. */
function Unsaved({ besides }: { besides: string }) {
  // Those of the day before are being saved when one comes from there.
  const [days, setDays] = useState<string[]>([]);
  useEffect(() => {
    const look = () => setDays(draftDays().filter((day) => day !== besides));
    const timers = [setTimeout(look, 1500), setInterval(look, 10_000)];
    return () => timers.forEach(clearTimeout);
  }, [besides]);
  if (days.length === 0) return null;
  return (
    <Note tone="warn">
      {words.room.unsaved(days.length)}{" "}
      {days.slice(0, 10).map((day, i) => (
        <Fragment key={day}>
          {i > 0 && ", "}
          <Link href={writePath(day)}>{plainDay(day)}</Link>
        </Fragment>
      ))}
      .
    </Note>
  );
}

/** useToday is the reader's day, which may turn while the page is open. */
function useToday(): string {
  return useSyncExternalStore((listener) => {
    const timer = setInterval(listener, 30_000);
    return () => clearInterval(timer);
  }, today);
}

function Head({ day, now }: { day: string; now: string }) {
  const [, go] = useLocation();
  const choose = (next: string, replace = false) => isDay(next) && next <= now && go(next === now ? writePath() : writePath(next), { replace });
  // While a year is typed, its first digits are years of long ago.
  const [typed, setTyped] = useState<string | null>(null);
  const pick = (next: string) => {
    setTyped(next);
    if (next >= "1000") choose(next, true);
  };
  useKeys(words.room.write, [
    { keys: "[", label: words.room.previousDay, run: () => choose(addDays(day, -1)) },
    { keys: "]", label: words.room.nextDay, run: () => choose(addDays(day, 1)) },
  ]);
  return (
    <header className="room-head">
      <div>
        <p className="hint">{day === now ? words.room.today : words.room.anotherDay}</p>
        <h1>
          <time dateTime={day}>{longDay(day)}</time>
        </h1>
      </div>
      <div className="row">
        <IconButton label={words.room.previousDay} keys="[" look="plain" onClick={() => choose(addDays(day, -1))}>
          <ChevronLeft aria-hidden />
        </IconButton>
        <input className="field write-day" type="date" aria-label={words.room.day} value={typed ?? day} max={now} onChange={(event) => pick(event.target.value)} onBlur={() => setTyped(null)} />
        <IconButton label={words.room.nextDay} keys="]" look="plain" disabled={day >= now} onClick={() => choose(addDays(day, 1))}>
          <ChevronRight aria-hidden />
        </IconButton>
        {day !== now && <Button onClick={() => go(writePath())}>{words.room.today}</Button>}
      </div>
    </header>
  );
}

function Sheet({ day }: { day: string }) {
  const keeper = useMemo(() => new Keeper(day), [day]);
  const { state, text, entry, base, others, restored, replaced, merged } = useSyncExternalStore(keeper.subscribe, keeper.snapshot);
  const [reading, setReading] = useState(false);
  const area = useRef<WritingHandle>(null);
  const [suggestion, suggest] = useSuggestion(day);
  const [asking, setAsking] = useState(false);
  const [history, setHistory] = useState(false);
  useEffect(() => keeper.open(), [keeper]);
  // Said aloud is what one would not expect, and the end of it: not every save.
  const failed = useRef(false);
  useEffect(() => {
    if (state.is === "failed" && !failed.current) announce(words.room.notSaved(state.why));
    if (state.is === "saved" && failed.current) announce(words.room.savedAgain);
    if (state.is === "failed" || state.is === "saved") failed.current = state.is === "failed";
  }, [state]);
  const ofScan = (entry?.pages.length ?? 0) > 0;
  useKeys(words.room.writing, [
    { keys: "Mod+s", label: words.room.saveNow, run: () => void keeper.save() },
    { keys: "Mod+e", label: words.room.preview, run: () => setReading((was) => !was) },
  ]);

  if (state.is === "loading") return <Skeleton lines={6} />;
  if (state.is === "unreadable") return <ErrorNote error={state.error} onRetry={() => void keeper.load()}>{words.room.unreadable}</ErrorNote>;
  if (state.is === "conflict") {
    return (
      <Suspense fallback={<Skeleton lines={6} />}>
        <Conflict
          base={base}
          mine={text}
          theirs={state.theirs && state.theirs.text}
          onMerge={(merged, both) => {
            keeper.settle(merged);
            if (both) toast(words.room.bothKept, { detail: words.room.bothKeptDetail, timeout: 10_000 });
          }}
          onMine={() => keeper.settle(text)}
          onTheirs={() => {
            const mine = text;
            keeper.settle(state.theirs ? state.theirs.text : "");
            toast(words.room.keptDisk, { timeout: 20_000, action: { label: words.room.restoreMine, run: () => keeper.type(mine) } });
          }}
        />
      </Suspense>
    );
  }

  const remove = async () => {
    if (entry && (await removeNote(entry, () => void keeper.load()))) keeper.deleted();
  };
  const attempt = (run: () => Promise<void>) => void run().catch((error: unknown) => toast(words.room.somethingWentWrong, { detail: messageOf(error), urgent: true }));
  return (
    <>
      {restored && <Note>{words.room.restored}</Note>}
      {merged && (
        <Note
          role="status"
          actions={
            <>
              <Button small disabled={state.is !== "saved"} onClick={() => attempt(() => keeper.unmerge())}>
                {words.room.undoMerge}
              </Button>
              <Button small look="quiet" onClick={() => keeper.mergeSeen()}>
                {words.room.ok}
              </Button>
            </>
          }
        >
          {words.room.merged}
        </Note>
      )}
      {state.is === "replaced" && replaced && (
        <Note
          tone="warn"
          role="alert"
          actions={
            <>
              <Button small look="primary" onClick={() => attempt(() => keeper.compareReplaced())}>
                {words.room.compare}
              </Button>
              <Button small onClick={() => attempt(() => keeper.keepReplacement())}>
                {words.room.keepVersion}
              </Button>
            </>
          }
        >
          {words.room.replaced(momentOf(replaced))}
        </Note>
      )}
      {!entry && <Bygone day={day} onRestored={() => void keeper.load()} />}
      {ofScan && (
        <Note actions={<Link className="button small" href={`${dayPath(day)}?edit`}>{words.room.correctBesidePage}</Link>}>
          {words.room.transcribed(entry?.pages.length === 1 ? words.room.onePage : words.room.pages)}
        </Note>
      )}
      {others.length > 0 && (
        <Note>
          {words.room.dayHas(others.length === 1 ? words.room.anotherNote : words.room.otherNotes(others.length))} <Link href={dayPath(day)}>{words.room.seeAll}</Link>.
        </Note>
      )}
      <div className="write-sheet">
        {reading ? (
          <Suspense fallback={<Skeleton lines={4} />}>
            <div className="write-read">{text.trim() ? <EntryText text={text} id={entry?.id} /> : <p className="hint">{words.room.nothing}</p>}</div>
          </Suspense>
        ) : (
          <WritingArea
            ref={area}
            value={text}
            onChange={(next) => keeper.type(next)}
            label={words.room.noteOf(plainDay(day))}
            placeholder={suggestion ?? (day === today() ? words.today : words.thisDay)}
            describedBy="write-state"
            day={day}
            // Whoever chooses a day by the keyboard goes on choosing.
            autoFocus={!document.querySelector(".write .room-head :focus-visible")}
          />
        )}
      </div>
      {!reading && entry && <Pictures text={base} id={entry.id} />}
      <footer className="write-foot">
        {!reading && <Toolbar area={area} day={day} />}
        <Saved state={state} onSave={() => void keeper.save()} onDelete={() => setAsking(true)} />
        <span className="hint">{words.room.words(wordCount(text))}</span>
        {!reading && text.trim() === "" && <Suggest on={suggestion !== null} onChange={suggest} />}
        <div className="row write-tools">
          <Button look="quiet" small aria-pressed={reading} onClick={() => setReading(!reading)}>
            {reading ? <PenLine aria-hidden /> : <Eye aria-hidden />} {reading ? words.room.edit : words.room.preview}
          </Button>
          {entry && (
            <Button look="quiet" small onClick={() => setHistory(true)}>
              <HistoryIcon aria-hidden /> {words.room.history}
            </Button>
          )}
          {entry && (
            <Link className="button quiet small" href={dayPath(day)}>
              <BookOpen aria-hidden /> {words.room.inJournal}
            </Link>
          )}
        </div>
      </footer>
      {entry && <p className="hint write-path">{entry.path}</p>}
      <Before day={day} />
      <Confirm open={asking} onClose={() => setAsking(false)} title={words.room.deleteTitle} action={words.room.deleteAction} danger onConfirm={() => void remove()}>
        <p>
          {words.room.theFile} <strong>{entry?.path}</strong> {words.room.deleteDetail}{" "}
          <code>daybook undo "{entry?.path}"</code>
        </p>
      </Confirm>
      {history && entry && (
        <Suspense>
          <History open onClose={() => setHistory(false)} id={entry.id} title={plainDay(day)} etag={entry.etag} text={base} onRestored={() => void keeper.load()} />
        </Suspense>
      )}
    </>
  );
}

/** Pictures are those that a note embeds, as its text has their names alone. */
function Pictures({ text, id }: { text: string; id: string }) {
  const names = useMemo(() => picturesOf(text).slice(0, 24), [text]);
  if (names.length === 0) return null;
  return (
    <ul role="list" className="write-pictures" aria-label={words.pictures}>
      {names.map((name) => (
        <li key={name}>
          <img src={fileUrl(id, name, 192)} alt={name} width="64" height="64" loading="lazy" decoding="async" onError={(event) => event.currentTarget.remove()} />
        </li>
      ))}
    </ul>
  );
}

/** useSuggestion is what to write about on an empty day, null unless it was wanted; the function asks for one, another, or none. */
function useSuggestion(day: string): [string | null, (wanted: "more" | "none") => void] {
  const [on, setOn] = useState(() => kept("prompts") === "on");
  const [turn, setTurn] = useState(() => Math.floor(Date.parse(day) / 86_400_000));
  const change = (wanted: "more" | "none") => {
    if (on && wanted === "more") setTurn(turn + 1);
    setOn(wanted === "more");
    keep("prompts", wanted === "more" ? "on" : null);
  };
  return [on ? (words.suggestions[turn % words.suggestions.length] ?? null) : null, change];
}

function Suggest({ on, onChange }: { on: boolean; onChange: (wanted: "more" | "none") => void }) {
  return (
    <span className="row write-suggest">
      <Button look="quiet" small onClick={() => onChange("more")}>
        <Lightbulb aria-hidden /> {on ? words.prompt : words.prompts}
      </Button>
      {on && (
        <IconButton label={words.noPrompts} small onClick={() => onChange("none")}>
          <X aria-hidden />
        </IconButton>
      )}
    </span>
  );
}

/** Saved says whether what is typed is in the file. */
function Saved({ state, onSave, onDelete }: { state: State; onSave: () => void; onDelete: () => void }) {
  const shown = {
    empty: words.room.savedAsYouType,
    saved: state.is === "saved" && state.at ? words.room.savedAt(timeOf(state.at.toISOString())) : words.room.saved,
    typing: words.room.notSavedYet,
    saving: words.room.saving,
    blank: words.room.noWords,
    replaced: words.room.changedElsewhere,
    failed: state.is === "failed" ? words.room.notSavedBecause(state.why, state.again ? words.room.keptHere : "") : "",
  }[state.is as "empty" | "saved" | "typing" | "saving" | "blank" | "replaced" | "failed"];
  return (
    <span className="write-state" id="write-state" data-state={state.is}>
      <i aria-hidden />
      <span>{shown}</span>
      {state.is === "failed" && (
        <Button small onClick={onSave}>
          {words.room.tryAgain}
        </Button>
      )}
      {state.is === "blank" && (
        <Button small look="danger" onClick={onDelete}>
          {words.room.deleteMenu}
        </Button>
      )}
    </span>
  );
}

/** Before is what was written on this day of other years. */
function Before({ day }: { day: string }) {
  const { data } = useDay(day);
  if (!data?.on_this_day.length) return null;
  return (
    <aside className="write-before">
      <CalendarDays aria-hidden />
      <OnThisDay title={words.room.on(dayOfYear(day))} glimpses={data.on_this_day} />
    </aside>
  );
}
