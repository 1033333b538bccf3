import { cloneElement, createContext, useContext, useId, useLayoutEffect, useRef, useState, type KeyboardEvent, type FocusEvent, type MouseEvent, type ReactElement, type ReactNode } from "react";
import { useBack } from "../lib/closing";
import { placeMenu, type Align, type Side } from "../lib/place";
import { useStable } from "../lib/stable";
import { classes } from "./Button";
import "./overlay.css";

interface MenuProps {
  /** A button. */
  trigger: ReactElement;
  children: ReactNode;
  onOpenChange?: (open: boolean) => void;
  side?: Side;
  align?: Align;
}

/** Where the focus goes first, unless an item is checked. A pointer opens the menu without highlighting an item. */
type Begin = "first" | "last" | "menu";

/** Closes the menu that an item is in; the focus is on its button then. */
const Close = createContext<() => void>(() => {});

/**
 * Menu opens a menu from its trigger. It follows the pattern of a menu button: arrows, Home, End and first letters move,
 * Enter and Space choose, Escape and Tab close. The menu comes after its button in the page, so it is in its landmark.
 */
export function Menu({ trigger, children, onOpenChange, side = "bottom", align = "end" }: MenuProps) {
  const [open, setOpen] = useState<Begin | null>(null);
  const button = useRef<HTMLElement>(null);
  const id = useId();
  const change = (next: Begin | null) => {
    setOpen(next);
    onOpenChange?.(next !== null);
  };
  const close = (focus = true) => {
    if (focus) button.current?.focus({ preventScroll: true });
    change(null);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (open || (event.key !== "ArrowDown" && event.key !== "ArrowUp")) return;
    event.preventDefault();
    change(event.key === "ArrowDown" ? "first" : "last");
  };
  return (
    <>
      {cloneElement(trigger as ReactElement<Record<string, unknown>>, {
        ref: button,
        id,
        "aria-haspopup": "menu",
        "aria-expanded": open !== null,
        onClick: ({ detail }: MouseEvent) => (open ? close() : change(detail > 0 ? "menu" : "first")),
        onKeyDown,
      })}
      {open && (
        <Close value={close}>
          <Popup button={button} labelledBy={id} begin={open} side={side} align={align} onClose={close}>
            {children}
          </Popup>
        </Close>
      )}
    </>
  );
}

interface PopupProps {
  button: { current: HTMLElement | null };
  labelledBy: string;
  begin: Begin;
  side: Side;
  align: Align;
  onClose: (focus?: boolean) => void;
  children: ReactNode;
}

const itemsOf = (menu: HTMLElement | null) => [...(menu?.querySelectorAll<HTMLElement>("[role^=menuitem]") ?? [])];

/** nameOf is what an item is called, without the mark of a chosen one. */
const nameOf = (item: HTMLElement) => item.textContent.replace(/^[✓\s]+/, "").toLowerCase();

/** swallowClick keeps the click that a touch turns into from what is under the finger. */
function swallowClick() {
  const over = new AbortController();
  const options = { capture: true, signal: over.signal };
  const swallow = (event: Event) => {
    event.preventDefault();
    event.stopPropagation();
    over.abort();
  };
  addEventListener("click", swallow, options);
  for (const type of ["pointerdown", "pointercancel", "keydown"]) addEventListener(type, () => over.abort(), options);
}

/** useTyped returns the item that a typed letter goes to. Letters in quick succession are the start of a name; the same letter again is the next item. */
function useTyped() {
  const typed = useRef({ text: "", at: 0 });
  return (event: KeyboardEvent, items: HTMLElement[], now: number) => {
    const key = event.key.toLowerCase();
    const goesOn = event.timeStamp - typed.current.at < 700;
    const text = (goesOn ? typed.current.text : "") + key;
    typed.current = { text, at: event.timeStamp };
    const find = (start: string, from: number) => [...items.slice(from), ...items.slice(0, from)].find((item) => nameOf(item).startsWith(start));
    const again = [...text].every((letter) => letter === key);
    return find(text, goesOn ? Math.max(now, 0) : now + 1) ?? (again ? find(key, now + 1) : undefined);
  };
}

function Popup({ button, labelledBy, begin, side, align, onClose, children }: PopupProps) {
  const menu = useRef<HTMLDivElement>(null);
  const typed = useTyped();
  const close = useStable(onClose);
  useBack(true, () => close());

  useLayoutEffect(() => {
    const element = menu.current;
    if (!element) return;
    element.showPopover?.(); // above everything, whatever it is in
    const place = () => button.current && placeMenu(element, button.current, side, align);
    place();
    const items = itemsOf(element);
    const first = { first: items[0], last: items.at(-1), menu: element }[begin];
    (items.find((item) => item.ariaChecked === "true") ?? first ?? element).focus({ preventScroll: true });
    element.querySelector(":focus")?.scrollIntoView({ block: "nearest" });
    const outside = (event: PointerEvent) => {
      const at = event.target as Node;
      if (element.contains(at) || button.current?.contains(at)) return;
      if (event.pointerType === "touch") {
        event.preventDefault(); // a field under the finger does not take the focus
        swallowClick();
      }
      close(event.pointerType === "touch");
    };
    const scrolled = (event: Event) => void (event.target !== element && place());
    const grown = new ResizeObserver(place); // what it lists may come later
    grown.observe(element);
    addEventListener("pointerdown", outside, true);
    addEventListener("resize", place);
    addEventListener("scroll", scrolled, true);
    return () => {
      grown.disconnect();
      removeEventListener("pointerdown", outside, true);
      removeEventListener("resize", place);
      removeEventListener("scroll", scrolled, true);
    };
  }, [button, begin, side, align, close]);

  // An item that had the focus may be gone.
  useLayoutEffect(() => {
    if (document.activeElement === document.body) menu.current?.focus({ preventScroll: true });
  });

  const onBlur = ({ relatedTarget: to }: FocusEvent) => {
    if (to && !menu.current?.contains(to) && !button.current?.contains(to)) onClose(false);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    event.stopPropagation(); // the keys of the page rest
    const items = itemsOf(menu.current);
    const now = items.indexOf(document.activeElement as HTMLElement);
    const key = event.key;
    if (key === "Tab") return onClose(); // from the button, the focus goes on
    if (key === "Escape") onClose();
    else if (key === "ArrowDown") items[(now + 1) % items.length]?.focus();
    else if (key === "ArrowUp") items.at(now < 0 ? -1 : now - 1)?.focus();
    else if (key === "Home") items[0]?.focus();
    else if (key === "End") items.at(-1)?.focus();
    else if (key.length === 1 && key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey) typed(event, items, now)?.focus();
    else return;
    event.preventDefault();
  };
  return (
    <div ref={menu} role="menu" className="menu" popover="manual" tabIndex={-1} aria-labelledby={labelledBy} onKeyDown={onKeyDown} onBlur={onBlur}>
      {children}
    </div>
  );
}

interface ItemProps {
  icon?: ReactNode;
  danger?: boolean;
  /** It is a link to a file to download. */
  download?: string;
  /** False leaves the menu open. */
  closes?: boolean;
  onClick?: () => void;
  children: ReactNode;
}

/** What a pointer is on has the focus, as what the arrows are on. */
const follow = { tabIndex: -1, onPointerMove: (event: { currentTarget: HTMLElement }) => event.currentTarget.focus({ preventScroll: true }) };

export function MenuItem({ icon, danger, download, closes = true, onClick, children }: ItemProps) {
  const close = useContext(Close);
  const choose = () => {
    if (closes) close();
    onClick?.();
  };
  const props = { role: "menuitem", className: classes("menu-item", danger && "danger"), onClick: choose, ...follow };
  if (download) return <a {...props} href={download} download>{icon}{children}</a>;
  return <button type="button" {...props}>{icon}{children}</button>;
}

const Chosen = createContext<{ value: string; onChange: (value: string) => void }>({ value: "", onChange: () => {} });

/** MenuChoices are items of which one is chosen. */
export function MenuChoices({ value, onValueChange, children }: { value: string; onValueChange: (value: string) => void; children: ReactNode }) {
  return <Chosen value={{ value, onChange: onValueChange }}>{children}</Chosen>;
}

/** MenuChoice is an item of MenuChoices. */
export function MenuChoice({ value, children }: { value: string; children: ReactNode }) {
  const close = useContext(Close);
  const chosen = useContext(Chosen);
  const checked = chosen.value === value;
  const choose = () => {
    close();
    chosen.onChange(value);
  };
  return (
    <button type="button" role="menuitemradio" aria-checked={checked} className="menu-item" onClick={choose} {...follow}>
      <span className="menu-mark" aria-hidden>{checked && "✓"}</span>
      {children}
    </button>
  );
}

const Label = createContext("");

/** MenuGroup is a part of a menu that its MenuLabel names. */
export function MenuGroup({ children }: { children: ReactNode }) {
  const id = useId();
  return (
    <div role="group" aria-labelledby={id}>
      <Label value={id}>{children}</Label>
    </div>
  );
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <div id={useContext(Label)} className="menu-label">{children}</div>;
}

export function MenuSeparator() {
  return <div role="separator" className="menu-separator" />;
}
