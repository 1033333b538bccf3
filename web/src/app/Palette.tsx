import { CalendarDays, CircleHelp, MessageSquare, MessagesSquare, PenLine, Plus, Search, type LucideIcon } from "lucide-react";
import { useId, useMemo, useState, type KeyboardEvent } from "react";
import { useLocation } from "wouter";
import { longDay } from "../lib/dates";
import { askPath, dayPath, searchPath, writePath } from "../lib/links";
import { parseDay } from "../lib/parseday";
import { useThreads } from "../lib/threads";
import { Dialog } from "../ui/Dialog";
import { rooms } from "./rooms";
import { words } from "./words";
import "./palette.css";

interface Option {
  id: string;
  icon: LucideIcon;
  label: string;
  /** What it is: shown behind the label. */
  kind?: string;
  run: () => void;
}

/** Palette goes to a day, a room or a conversation, searches, asks and acts, by what is typed; typedAhead takes what was typed before it was there. */
export default function Palette({ typedAhead, onClose, onHelp }: { typedAhead: () => string; onClose: () => void; onHelp: () => void }) {
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const list = useId();
  const options = useOptions(typed.trim(), onHelp);
  const current = Math.min(at, options.length - 1);

  const run = (option: Option | undefined) => {
    if (!option) return;
    onClose();
    option.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      const next = (current + step + options.length) % options.length;
      setAt(next);
      document.getElementById(`${list}-${next}`)?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter") {
      run(options[current]);
    } else return;
    event.preventDefault();
  };

  return (
    <Dialog open onClose={onClose} title={words.palette.title}>
      <input
        className="field palette-field"
        role="combobox"
        aria-expanded
        aria-controls={list}
        aria-activedescendant={options.length > 0 ? `${list}-${current}` : undefined}
        aria-label={words.palette.label}
        placeholder={words.palette.placeholder}
        autoFocus
        autoComplete="off"
        spellCheck={false}
        maxLength={1000}
        value={typed}
        onFocus={() => {
          const before = typedAhead();
          if (before) setTyped((now) => before + now);
        }}
        onChange={(event) => {
          setTyped(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ul role="listbox" id={list} aria-label={words.palette.title} className="palette-list">
        {options.map((option, i) => (
          <li key={option.id} id={`${list}-${i}`} role="option" aria-selected={i === current} onClick={() => run(option)} onPointerMove={() => setAt(i)}>
            <option.icon aria-hidden />
            <span className="palette-label">{option.label}</span>
            {option.kind && <span className="palette-kind">{option.kind}</span>}
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

const plain = (text: string) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/** matcher tells the texts that have all words that were typed. */
function matcher(typed: string) {
  const parts = plain(typed).split(/\s+/).filter(Boolean);
  return (text: string) => {
    const name = plain(text);
    return parts.every((part) => name.includes(part));
  };
}

const mostConversations = 6;

function useOptions(typed: string, onHelp: () => void): Option[] {
  const [, go] = useLocation();
  const { data: threads } = useThreads();
  return useMemo(() => {
    const has = matcher(typed);
    const day = parseDay(typed);
    const goTo = (path: string) => () => go(path);
    const options: Option[] = [];
    if (day) options.push({ id: "day", icon: CalendarDays, label: longDay(day), kind: words.palette.day, run: goTo(dayPath(day)) });
    if (typed && !day) {
      options.push({ id: "ask", icon: MessageSquare, label: typed, kind: words.palette.ask, run: goTo(`${askPath()}?${new URLSearchParams({ q: typed })}`) });
      options.push({ id: "search", icon: Search, label: typed, kind: words.palette.search, run: goTo(searchPath({ q: typed })) });
    }
    if (day) options.push({ id: "write-day", icon: PenLine, label: longDay(day), kind: words.palette.write, run: goTo(writePath(day)) });
    const actions: Option[] = [
      ...rooms.map(({ id, name, icon, path }) => ({ id: `room-${id}`, icon, label: name, kind: words.palette.room, run: goTo(path) })),
      { id: "new", icon: Plus, label: words.palette.newConversation, run: goTo(askPath()) },
      { id: "today", icon: PenLine, label: words.palette.writeToday, run: goTo(writePath()) },
      { id: "keys", icon: CircleHelp, label: words.palette.keys, run: onHelp },
    ];
    options.push(...actions.filter(({ label }) => has(label)));
    const found = (threads ?? []).filter(({ title, damaged }) => !damaged && has(title)).slice(0, mostConversations);
    options.push(...found.map(({ thread_id: id, title }) => ({ id, icon: MessagesSquare, label: title, kind: words.palette.conversation, run: goTo(askPath(id)) })));
    return options;
  }, [typed, threads, go, onHelp]);
}
