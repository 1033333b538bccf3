import { Activity, BookOpen, CalendarDays, ChartLine, ImagePlus, MessagesSquare, PenLine, Settings2, type LucideIcon } from "lucide-react";
import { lazy, type ComponentType } from "react";
import { later, type Later } from "../lib/later";
import { words } from "./words";

/** Room is a part of the app that one goes to. */
export interface Room {
  id: string;
  name: string;
  /** Where it is; what is below it is its own too. */
  path: string;
  /** More paths that are its own. */
  also?: string[];
  icon: LucideIcon;
  /** "g" and this key lead there. */
  key: string;
  /** In the bar of a phone; the others are behind "More". */
  tab?: boolean;
  /** Its load fetches what it is made of. */
  Component: Later<object>;
}

function room({ load, ...about }: Omit<Room, "Component"> & { load: () => Promise<{ default: ComponentType }> }): Room {
  return { ...about, Component: later(load) };
}

/** Every room, in the order in which they are shown. A room is a folder below rooms/, loaded when one goes there. */
export const rooms: readonly Room[] = [
  room({ id: "ask", name: words.rooms.ask, path: "/app/ask", also: ["/"], icon: MessagesSquare, key: "a", tab: true, load: () => import("../rooms/ask") }),
  room({ id: "journal", name: words.rooms.journal, path: "/app/journal", also: ["/app/search"], icon: CalendarDays, key: "j", tab: true, load: () => import("../rooms/journal") }),
  room({ id: "write", name: words.rooms.write, path: "/app/write", icon: PenLine, key: "w", tab: true, load: () => import("../rooms/write") }),
  room({ id: "add", name: words.rooms.add, path: "/app/add", icon: ImagePlus, key: "p", tab: true, load: () => import("../rooms/add") }),
  room({ id: "threads", name: words.rooms.threads, path: "/app/threads", icon: BookOpen, key: "t", load: () => import("../rooms/threads") }),
  room({ id: "years", name: words.rooms.years, path: "/app/years", icon: ChartLine, key: "y", load: () => import("../rooms/years") }),
  room({ id: "status", name: words.rooms.status, path: "/app/status", icon: Activity, key: "s", load: () => import("../rooms/status") }),
  room({ id: "settings", name: words.rooms.settings, path: "/app/settings", icon: Settings2, key: "e", load: () => import("../rooms/settings") }),
];

/** roomAt returns the room of a path, undefined where there is none. */
export function roomAt(path: string): Room | undefined {
  const inside = (base: string) => path === base || (base !== "/" && path.startsWith(`${base}/`));
  return rooms.find((room) => inside(room.path) || room.also?.some(inside));
}

/** Setup is where the journal is chosen, at setupPath; it is no room that one goes to every day. */
export const Setup = lazy(() => import("../rooms/setup"));
