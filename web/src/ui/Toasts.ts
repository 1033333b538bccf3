import { Toast } from "@base-ui/react/toast";

/** The one list of toasts; ToastList shows it. */
export const manager = Toast.createToastManager();

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

// What is to be shown before the list stands, which is fetched late, waits for it:
// the manager tells only those who listen already.
let stands = false;
const waiting: (() => void)[] = [];

/** listStands shows what has waited for the list. */
export function listStands() {
  stands = true;
  for (const show of waiting.splice(0)) show();
}

/** toast shows a few words for a while, above whatever room one is in. It returns what takes them away. */
export function toast(title: string, { detail, action, timeout = 5000, onGone, urgent }: ToastOptions = {}): () => void {
  let id: string | undefined;
  const close = () => {
    const at = waiting.indexOf(show);
    if (at >= 0) {
      waiting.splice(at, 1);
      onGone?.();
    }
    if (id !== undefined) manager.close(id);
  };
  const show = () => {
    id = manager.add({
      title,
      description: detail,
      timeout,
      priority: urgent ? "high" : "low",
      onRemove: onGone,
      actionProps: action && {
        children: action.label,
        onClick: () => {
          action.run();
          close();
        },
      },
    });
  };
  if (stands) show();
  else waiting.push(show);
  return close;
}

