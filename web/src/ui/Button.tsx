import { Tooltip } from "@base-ui/react/tooltip";
import type { ButtonHTMLAttributes, ReactNode, Ref } from "react";
import "./overlay.css";

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: "plain" | "primary" | "quiet" | "danger";
  small?: boolean;
  /** An action is running: the button shows that and is disabled. */
  busy?: boolean;
  ref?: Ref<HTMLButtonElement>;
}

/** Button is a button with a text label. */
export function Button({ look = "plain", small, busy, className, type = "button", disabled, ...rest }: ButtonProps) {
  return <button type={type} className={classes("button", look !== "plain" && look, small && "small", className)} disabled={disabled || busy} aria-busy={busy || undefined} {...rest} />;
}

/** IconButton is a button with an icon. Its name is a tooltip and is read by screen readers. */
export function IconButton({ label, children, look = "quiet", small, busy, className, keys, disabled, ...rest }: ButtonProps & { label: string; children?: ReactNode; keys?: string }) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger
        render={<button type="button" {...rest} disabled={disabled || busy} />}
        className={classes("button icon", look !== "plain" && look, small && "small", className)}
        aria-label={label}
      >
        {children}
      </Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Positioner sideOffset={6} className="positioner">
          <Tooltip.Popup className="tooltip">
            {label}
            {keys && <kbd>{keys}</kbd>}
          </Tooltip.Popup>
        </Tooltip.Positioner>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}

/** classes joins the truthy class names. */
export function classes(...names: (string | false | null | undefined)[]): string {
  return names.filter(Boolean).join(" ");
}
