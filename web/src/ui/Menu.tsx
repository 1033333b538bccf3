import { cloneElement, createElement, useState, type ComponentType, type KeyboardEvent, type ReactElement } from "react";
import { later, useLoaded } from "../lib/later";
import type * as Parts from "./MenuParts";
import type { MenuProps } from "./MenuParts";
import "./overlay.css";

// What shows menus is a quarter of all script that a first page would need: it
// is loaded with the first menu that is opened.
let parts: typeof Parts | null = null;
const load = async () => (parts = await import("./MenuParts"));
const Loaded = later(load);

/** Menu opens a menu from its trigger, a button. */
export function Menu(props: MenuProps) {
  const [there] = useState(Loaded.there);
  const [wanted, setWanted] = useState(false);
  const loaded = useLoaded(Loaded, wanted);
  if (there || (wanted && loaded)) return <Loaded {...props} defaultOpen={wanted} />;
  const open = () => {
    setWanted(true);
    props.onOpenChange?.(true);
  };
  const preload = () => void load().catch(() => {});
  return cloneElement(props.trigger as ReactElement<Record<string, unknown>>, {
    "aria-haspopup": "menu",
    "aria-expanded": false,
    onClick: open,
    onPointerEnter: preload,
    onFocus: preload,
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
      event.preventDefault();
      open();
    },
  });
}

/** part is a component of MenuParts, for use inside a Menu, which is only shown once they are loaded. */
const part =
  <P extends object>(pick: (from: typeof Parts) => ComponentType<P>) =>
  (props: P) =>
    createElement(pick(parts as typeof Parts), props);

export const MenuItem = part((from) => from.MenuItem);
export const MenuChoice = part((from) => from.MenuChoice);
export const MenuChoices = part((from) => from.MenuChoices);
export const MenuGroup = part((from) => from.MenuGroup);
export const MenuLabel = part((from) => from.MenuLabel);
export const MenuSeparator = part((from) => from.MenuSeparator);
