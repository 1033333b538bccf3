import { useQuery } from "@tanstack/react-query";
import { BookOpen, FolderCheck, FolderPlus, FolderX } from "lucide-react";
import { useEffect, useState, type FormEvent } from "react";
import { useLocation } from "wouter";
import { api, got, type Schemas } from "../../lib/api";
import { askPath, writePath } from "../../lib/links";
import { queryClient } from "../../lib/query";
import { firstRunDone } from "../../lib/firstrun";
import { useTitle } from "../../lib/title";
import { Button } from "../../ui/Button";
import { ErrorNote, Note, Skeleton } from "../../ui/States";
import { ChooseModel } from "./ChooseModel";
import { Reading } from "./Reading";
import { words } from "./words";
import "./setup.css";

type Check = Schemas["SetupCheckJSON"];

/** Setup chooses which journal is served: a folder, or the demo. It is what somebody sees first. */
export default function Setup() {
  useTitle(words.room.title);
  const [, go] = useLocation();
  const setup = useQuery({ queryKey: ["setup"], queryFn: () => got(api.GET("/setup")) });
  const [chosen, setChosen] = useState(false);

  function enter(path = askPath()) {
    firstRunDone();
    go(path);
  }

  async function demo() {
    if (setup.data?.journal && setup.data.allowed) {
      await api.PUT("/setup", { body: { journal: null } });
      await queryClient.invalidateQueries();
    }
    enter();
  }

  if (chosen) {
    return (
      <Frame title={words.room.reading}>
        <Reading onEnter={() => enter()} onWrite={() => enter(writePath())} />
        <ChooseModel onDone={() => enter()} />
      </Frame>
    );
  }
  return (
    <Frame title={words.room.where}>
      <p className="setup-lead">{words.room.about}</p>
      {setup.isPending && <Skeleton />}
      {setup.error && <ErrorNote error={setup.error} onRetry={() => void setup.refetch()} />}
      {setup.data && (setup.data.allowed ? <Folder current={setup.data.journal} onChosen={() => setChosen(true)} /> : <Note>{setup.data.why}</Note>)}
      <section className="setup-demo">
        <h2>{words.room.noJournalYet}</h2>
        <p>{words.room.demo}</p>
        <Button onClick={() => void demo()}>
          <BookOpen aria-hidden /> {setup.data && !setup.data.demo ? words.room.backDemoJournal : words.room.openDemoJournal}
        </Button>
      </section>
    </Frame>
  );
}

function Frame({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <div className="room setup">
      <div className="setup-sheet">
        <p className="setup-name">{words.room.daybook}</p>
        <h1>{title}</h1>
        {children}
      </div>
    </div>
  );
}

function Folder({ current, onChosen }: { current: string | null; onChosen: () => void }) {
  const [path, setPath] = useState(current ?? "");
  const asked = useSettled(path.trim(), 250);
  const [format, setFormat] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const check = useQuery({
    queryKey: ["setup", "check", asked],
    queryFn: ({ signal }) => got(api.POST("/setup/check", { body: { path: asked }, signal })),
    enabled: asked !== "",
    placeholderData: (before) => before,
    staleTime: 2000,
  });
  const found = asked && asked === path.trim() && !check.isPlaceholderData ? check.data : undefined;
  const usable = found?.folder && found.readable;
  const creatable = found?.creatable ?? false;
  useEffect(() => setFormat(null), [asked]);

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (!usable && !creatable) return;
    setBusy(true);
    setError(null);
    try {
      // Every common form is read; with a format set, only that one is.
      await api.PUT("/setup", { body: { journal: asked, ...(creatable && { create: true }), ...(format ? { date_formats: [format] } : {}) } });
      await queryClient.invalidateQueries();
      onChosen();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  }

  return (
    <form onSubmit={(event) => void submit(event)} className="stack">
      <div>
        <label className="label" htmlFor="journal-path">
          {words.room.journalFolder}
        </label>
        <input
          id="journal-path"
          className="field setup-path"
          value={path}
          placeholder="~/Journal"
          autoFocus
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={4096}
          aria-describedby="journal-found"
          onChange={(event) => setPath(event.target.value)}
        />
        <div id="journal-found" role="status">
          {asked === "" ? <p className="hint">{words.room.pathHint}</p> : found ? <Found check={found} /> : check.error ? <ErrorNote error={check.error} /> : <p className="hint">{words.room.checking}</p>}
        </div>
      </div>
      {usable && found.date_formats.length > 1 && <Formats formats={found.date_formats} value={format ?? ""} onChange={(chosen) => setFormat(chosen || null)} />}
      {error !== null && <ErrorNote error={error} />}
      <div>
        <Button type="submit" look="primary" disabled={!usable && !creatable} busy={busy}>
          {creatable ? words.room.createJournal : words.room.openJournal}
        </Button>
      </div>
    </form>
  );
}

function Found({ check }: { check: Check }) {
  const usable = check.folder && check.readable;
  const good = usable && (check.notes + check.scans > 0 || check.other === 0);
  const Icon = good ? FolderCheck : check.creatable ? FolderPlus : FolderX;
  return (
    <div className="setup-found" data-good={good || undefined}>
      <Icon aria-hidden />
      <div>
        <p>{check.message}</p>
        {check.creatable && <p className="hint">{words.room.creatable}</p>}
        {good && check.scans > 0 && <p className="hint">{words.room.scans(check.scans)}</p>}
      </div>
    </div>
  );
}

function Formats({ formats, value, onChange }: { formats: string[]; value: string; onChange: (format: string) => void }) {
  return (
    <fieldset className="setup-formats">
      <legend className="label">{words.room.format}</legend>
      {["", ...formats].map((format) => (
        <label key={format}>
          <input type="radio" name="format" value={format} checked={format === value} onChange={() => onChange(format)} /> {format || words.room.detect}
        </label>
      ))}
    </fieldset>
  );
}

/** useSettled is a value once it has stayed the same for some milliseconds. */
function useSettled<T>(value: T, after: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), after);
    return () => clearTimeout(timer);
  }, [value, after]);
  return settled;
}
