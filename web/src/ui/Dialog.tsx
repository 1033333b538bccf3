import { AlertDialog } from "@base-ui/react/alert-dialog";
import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import { useEffect, useState, type ReactNode } from "react";
import { useBack } from "../lib/closing";
import { Button, classes } from "./Button";
import { words } from "./words";
import "./overlay.css";

interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: ReactNode;
  children: ReactNode;
  /** Fixed at the bottom; does not scroll. */
  footer?: ReactNode;
  /** "sheet" slides in from the side on wide screens and fills a phone's screen. */
  size?: "small" | "medium" | "large" | "sheet";
}

/**
 * useReturn gives the focus back to what had it when a dialog was opened. Base UI does so too, but not for a dialog that
 * is removed at once, nor for one with a field that takes the focus itself.
 */
function useReturn(open: boolean) {
  const [opener, setOpener] = useState<Element | null>(null);
  const [was, setWas] = useState(false);
  if (open !== was) {
    setWas(open);
    if (open) setOpener(document.activeElement);
  }
  useEffect(() => {
    if (!open || !(opener instanceof HTMLElement)) return;
    return () => void setTimeout(() => {
      const lost = !document.activeElement || document.activeElement === document.body;
      if (lost && opener.isConnected) opener.focus({ preventScroll: true });
    });
  }, [open, opener]);
}

/** Dialog is a modal dialog. Escape and a click outside close it. */
export function Dialog({ open, onClose, title, children, footer, size = "medium" }: DialogProps) {
  useBack(open, onClose);
  useReturn(open);
  return (
    <Base.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="backdrop" />
        <Base.Popup className={classes("dialog", size)}>
          <header className="dialog-head">
            <Base.Title className="dialog-title">{title}</Base.Title>
            {/* No tooltip: Escape would close that first. */}
            <Base.Close className="button quiet icon small" aria-label={words.dialog.close} title={words.dialog.close}>
              <X aria-hidden />
            </Base.Close>
          </header>
          <div className="dialog-body">{children}</div>
          {footer && <footer className="dialog-foot">{footer}</footer>}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

interface ConfirmProps {
  open: boolean;
  onClose: () => void;
  title: string;
  children?: ReactNode;
  /** The label of the confirming button. */
  action: string;
  onConfirm: () => void;
  danger?: boolean;
}

/** Confirm asks before an action that may be accidental. */
export function Confirm({ open, onClose, title, children, action, onConfirm, danger }: ConfirmProps) {
  useBack(open, onClose);
  useReturn(open);
  return (
    <AlertDialog.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup className="dialog small">
          <header className="dialog-head">
            <AlertDialog.Title className="dialog-title">{title}</AlertDialog.Title>
          </header>
          <AlertDialog.Description render={<div />} className="dialog-body">
            {children}
          </AlertDialog.Description>
          <footer className="dialog-foot">
            <AlertDialog.Close render={<Button />}>{words.dialog.cancel}</AlertDialog.Close>
            <Button
              look={danger ? "danger" : "primary"}
              onClick={() => {
                onClose();
                onConfirm();
              }}
            >
              {action}
            </Button>
          </footer>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
