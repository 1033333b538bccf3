import { CircleHelp, Ellipsis, Monitor, Moon, Search, Sun } from "lucide-react";
import { lazy, Suspense, useCallback, useEffect, useRef, useState } from "react";
import { Link, useLocation } from "wouter";
import { useAnnouncement } from "../lib/announce";
import { at } from "../lib/base";
import { useKeys } from "../lib/keys";
import { searchPath, setupPath } from "../lib/links";
import { usePhone } from "../lib/media";
import { firstRun } from "../lib/firstrun";
import { useSession } from "../lib/session";
import { setTheme, useTheme, type Theme } from "../lib/theme";
import { Button, IconButton } from "../ui/Button";
import { Menu, MenuChoice, MenuChoices, MenuGroup, MenuItem, MenuLabel, MenuSeparator } from "../ui/Menu";
import { Empty, ErrorBoundary, Extra, Skeleton } from "../ui/States";
import Alerts from "./Alerts";
import { roomAt, rooms, Setup } from "./rooms";
import { Palette, usePalette } from "./usePalette";
import { words } from "./words";
import "./shell.css";

const KeysHelp = lazy(() => import("./KeysHelp"));

/** Shell is what is around every room: the ways to the others, the keys, and what screen readers are told. */
export function Shell() {
  const [path, go] = useLocation();
  const phone = usePhone();
  const [help, setHelp] = useState(false);
  const palette = usePalette();
  const [ready, setReady] = useState(false); // what the room needs is loaded
  const { data: session } = useSession();
  // Whoever comes for the first time, and may choose a journal, is asked which.
  const first = path === "/" && session?.setup === true && session.demo && firstRun();
  const bare = path === "/app" || path === "/app/";
  const room = roomAt(bare ? "/" : path);
  useEffect(() => {
    if (first) go(setupPath, { replace: true });
    else if (bare) go("/", { replace: true });
  }, [first, bare, go]);
  const main = useRef<HTMLElement>(null);
  const last = useRef(room?.id);

  useEffect(() => setHelp(false), [path]);
  const showHelp = useCallback(() => setHelp(true), []);

  // Whoever goes to another room starts at its top, with the keyboard too.
  useEffect(() => {
    if (last.current === room?.id) return;
    last.current = room?.id;
    scrollTo(0, 0);
    if (!main.current?.contains(document.activeElement)) main.current?.focus({ preventScroll: true });
  }, [room?.id]);

  // The other rooms are loaded before one goes there, from what the service worker stored where there is one.
  useEffect(() => {
    let over = false;
    let stop = () => {};
    void afterFirstLoad().then(async () => {
      if (over) return;
      setReady(true);
      rooms.forEach((r) => void r.Component.load().catch(() => {}));
      const { lookAhead } = await import("../lib/ahead");
      if (!over) stop = lookAhead();
    }).catch(() => {});
    return () => {
      over = true;
      stop();
    };
  }, []);

  useKeys(words.shell.everywhere, [
    { keys: "?", label: words.showKeys, run: showHelp },
    { keys: "Mod+k", label: words.palette.open, run: palette.toggle },
    { keys: "/", label: words.searchJournal, run: () => go(searchPath()) },
    ...rooms.map((r) => ({ keys: `g ${r.key}`, label: words.goTo(r.name), run: () => go(r.path) })),
  ]);

  return (
    <div className="shell">
      <a className="skip" href="#main">
        {words.skip}
      </a>
      {phone ? <Tabs current={room?.id} onHelp={showHelp} onPalette={palette.show} /> : <Rail current={room?.id} onHelp={showHelp} onPalette={palette.show} />}
      <main id="main" ref={main} tabIndex={-1}>
        {ready && session?.authenticated && <Alerts />}
        <ErrorBoundary resetKey={room?.id ?? path}>
          <Suspense fallback={<div className="room"><Skeleton lines={6} /></div>}>
            {path === setupPath ? <Setup /> : room ? <room.Component /> : <NoRoom />}
          </Suspense>
        </ErrorBoundary>
      </main>
      <Announcer />
      {palette.open && (
        <Extra>
          <Palette typedAhead={palette.typedAhead} onClose={palette.close} onHelp={showHelp} />
        </Extra>
      )}
      {help && (
        <Extra>
          <KeysHelp onClose={() => setHelp(false)} />
        </Extra>
      )}
    </div>
  );
}

/** afterFirstLoad resolves when the first load is over and the service worker, if there is one, has stored the rest of the page. */
async function afterFirstLoad() {
  const worker = import.meta.env.PROD && "serviceWorker" in navigator ? navigator.serviceWorker.ready : null;
  const late = new Promise((resolve) => setTimeout(resolve, 5000));
  await Promise.race([worker ?? late, late]);
  await new Promise<void>((resolve) => ("requestIdleCallback" in window ? requestIdleCallback(() => resolve(), { timeout: 2000 }) : setTimeout(resolve, 500)));
}

interface NavProps {
  /** The room that one is in. */
  current?: string;
  onHelp: () => void;
  onPalette: () => void;
}

function Rail({ current, onHelp, onPalette }: NavProps) {
  return (
    <nav className="rail" aria-label={words.shell.rooms}>
      <Link href="/" className="rail-name" aria-label="Daybook">
        <img src={at("/favicon.svg")} alt="" width="28" height="28" />
        <span>{words.shell.daybook}</span>
      </Link>
      <ul role="list">
        {rooms.map(({ id, path, name, icon: Icon, key }) => (
          <li key={id}>
            <Link href={path} className="rail-link" aria-current={current === id ? "page" : undefined} title={`${name} (g ${key})`}>
              <Icon aria-hidden />
              <span>{name}</span>
            </Link>
          </li>
        ))}
      </ul>
      <div className="rail-foot">
        <IconButton label={words.palette.open} keys={mac ? "⌘K" : "Ctrl K"} onClick={onPalette}>
          <Search aria-hidden />
        </IconButton>
        <ThemeMenu />
        <IconButton label={words.keys} keys="?" onClick={onHelp}>
          <CircleHelp aria-hidden />
        </IconButton>
      </div>
    </nav>
  );
}

function Tabs({ current, onHelp, onPalette }: NavProps) {
  const [, go] = useLocation();
  const rest = rooms.filter((room) => !room.tab);
  return (
    <nav className="tabs" aria-label={words.shell.rooms}>
      <ul role="list">
        {rooms.filter((room) => room.tab).map(({ id, path, name, icon: Icon }) => (
          <li key={id}>
            <Link href={path} className="tab" aria-current={current === id ? "page" : undefined}>
              <Icon aria-hidden />
              <span>{name}</span>
            </Link>
          </li>
        ))}
        <li>
          <Menu
            side="top"
            trigger={
              <button type="button" className="tab" aria-current={rest.some((room) => room.id === current) ? "page" : undefined}>
                <Ellipsis aria-hidden />
                <span>{words.more}</span>
              </button>
            }
          >
            <MenuItem icon={<Search aria-hidden />} onClick={onPalette}>
              {words.palette.open}
            </MenuItem>
            {rest.map(({ id, path, name, icon: Icon }) => (
              <MenuItem key={id} icon={<Icon aria-hidden />} onClick={() => go(path)}>
                {name}
              </MenuItem>
            ))}
            <MenuItem icon={<CircleHelp aria-hidden />} onClick={onHelp}>
              {words.keys}
            </MenuItem>
            <MenuSeparator />
            <ThemeChoices />
          </Menu>
        </li>
      </ul>
    </nav>
  );
}

const mac = /Mac|iPhone|iPad/.test(navigator.platform);

const themes: { theme: Theme; name: string; icon: typeof Sun }[] = [
  { theme: "system", name: words.shell.system, icon: Monitor },
  { theme: "light", name: words.shell.light, icon: Sun },
  { theme: "dark", name: words.shell.dark, icon: Moon },
];

function ThemeMenu() {
  const theme = useTheme();
  const Icon = themes.find((t) => t.theme === theme)?.icon ?? Monitor;
  return (
    <Menu side="right" align="end" trigger={<Button look="quiet" className="icon" aria-label={words.theme} title={words.theme}><Icon aria-hidden /></Button>}>
      <ThemeChoices />
    </Menu>
  );
}

function ThemeChoices() {
  const theme = useTheme();
  return (
    <MenuGroup>
      <MenuLabel>{words.theme}</MenuLabel>
      <MenuChoices value={theme} onValueChange={(next) => setTheme(next as Theme)}>
        {themes.map(({ theme: value, name }) => (
          <MenuChoice key={value} value={value}>
            {name}
          </MenuChoice>
        ))}
      </MenuChoices>
    </MenuGroup>
  );
}

function NoRoom() {
  return (
    <div className="room">
      <h1 className="visually-hidden">{words.notFound}</h1>
      <Empty title={words.notFound} actions={<Link className="button primary" href="/app/journal">{words.toJournal}</Link>}>
        {words.notFoundDetail}
      </Empty>
    </div>
  );
}

function Announcer() {
  const text = useAnnouncement();
  return (
    <div className="visually-hidden" role="status" aria-live="polite">
      {text}
    </div>
  );
}
