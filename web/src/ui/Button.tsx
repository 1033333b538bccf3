import type { ButtonHTMLAttributes, Ref } from "react";
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

/** IconButton is a button with an icon. Its name is read by screen readers and shown when a pointer rests on it. */
export function IconButton({ label, look = "quiet", className, keys, ...rest }: ButtonProps & { label: string; keys?: string }) {
  return <Button look={look} className={classes("icon", className)} aria-label={label} title={keys ? `${label} (${keys})` : label} {...rest} />;
}

/** classes joins the truthy class names. */
export function classes(...names: (string | false | null | undefined)[]): string {
  return names.filter(Boolean).join(" ");
}
