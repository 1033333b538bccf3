import { Menu as Base } from "@base-ui/react/menu";
import type { ComponentProps, ReactElement, ReactNode } from "react";
import { classes } from "./Button";

export type Side = "top" | "bottom" | "right";
export type Align = "start" | "center" | "end";

export interface MenuProps {
  /** A button. */
  trigger: ReactElement;
  children: ReactNode;
  onOpenChange?: (open: boolean) => void;
  side?: Side;
  align?: Align;
}

/** Menu opens from its trigger; defaultOpen opens it at once. */
export default function Menu({ trigger, children, onOpenChange, side, align, defaultOpen }: MenuProps & { defaultOpen?: boolean }) {
  return (
    <Base.Root onOpenChange={onOpenChange} defaultOpen={defaultOpen}>
      <Base.Trigger render={trigger as ReactElement<Record<string, unknown>>} />
      <MenuPopup side={side} align={align}>
        {children}
      </MenuPopup>
    </Base.Root>
  );
}

/** MenuPopup is the menu itself, for one that many buttons open. */
export function MenuPopup({ children, side = "bottom", align = "end" }: { children: ReactNode; side?: Side; align?: Align }) {
  return (
    <Base.Portal>
      <Base.Positioner className="positioner" side={side} align={align} sideOffset={6} collisionPadding={8}>
        <Base.Popup className="menu">{children}</Base.Popup>
      </Base.Positioner>
    </Base.Portal>
  );
}

export function MenuItem({ icon, danger, children, ...rest }: ComponentProps<typeof Base.Item> & { icon?: ReactNode; danger?: boolean }) {
  return (
    <Base.Item className={classes("menu-item", danger && "danger")} {...rest}>
      {icon}
      {children}
    </Base.Item>
  );
}

/** MenuChoice is a radio item inside a MenuChoices. */
export function MenuChoice({ children, ...rest }: ComponentProps<typeof Base.RadioItem>) {
  return (
    <Base.RadioItem className="menu-item" closeOnClick {...rest}>
      <span className="menu-mark">
        <Base.RadioItemIndicator>✓</Base.RadioItemIndicator>
      </span>
      {children}
    </Base.RadioItem>
  );
}

export const MenuChoices = Base.RadioGroup;
export const MenuGroup = Base.Group;

export function MenuLabel({ children }: { children: ReactNode }) {
  return <Base.GroupLabel className="menu-label">{children}</Base.GroupLabel>;
}

export function MenuSeparator() {
  return <Base.Separator className="menu-separator" />;
}
