import { Toast } from "@base-ui/react/toast";
import { X } from "lucide-react";
import "./overlay.css";

const manager = Toast.createToastManager();

interface ToastOptions {
  /** More words, below the first. */
  detail?: string;
  /** A button: what it says, and does. The toast goes away with it. */
  action?: { label: string; run: () => void };
  /** Milliseconds; 5,000 unless told, 0 stays until it is closed. */
  timeout?: number;
  /** When it has gone away, whichever way. */
  onGone?: () => void;
  /** Something went wrong: it is said at once. */
  urgent?: boolean;
}

/** toast shows a few words for a while, above whatever room one is in. It returns what takes them away. */
export function toast(title: string, { detail, action, timeout = 5000, onGone, urgent }: ToastOptions = {}): () => void {
  const id: string = manager.add({
    title,
    description: detail,
    timeout,
    priority: urgent ? "high" : "low",
    onRemove: onGone,
    actionProps: action && {
      children: action.label,
      onClick: () => {
        action.run();
        manager.close(id);
      },
    },
  });
  return () => manager.close(id);
}

/** Toasts is where they are shown. */
export function Toasts() {
  return (
    <Toast.Provider toastManager={manager} limit={3}>
      <Toast.Portal>
        <Toast.Viewport className="toasts">
          <List />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function List() {
  const { toasts } = Toast.useToastManager();
  return toasts.map((shown) => (
    <Toast.Root key={shown.id} toast={shown} className="toast" swipeDirection={["right", "down"]}>
      <Toast.Content className="toast-content">
        <div className="toast-words">
          <Toast.Title render={<div />} />
          <Toast.Description />
        </div>
        {shown.actionProps && <Toast.Action className="toast-action" />}
        <Toast.Close className="toast-close" aria-label="Dismiss">
          <X aria-hidden />
        </Toast.Close>
      </Toast.Content>
    </Toast.Root>
  ));
}
