import { Toast } from "@base-ui/react/toast";

/** The one list of toasts; ToastList shows it. */
export const manager = Toast.createToastManager();

interface ToastOptions {
  /** A second line. */
  detail?: string;
  /** A button with its label and action. It closes the toast. */
  action?: { label: string; run: () => void };
  /** Milliseconds; 5,000 by default, 0 stays until closed. */
  timeout?: number;
  /** Called after it has closed for any reason. */
  onGone?: () => void;
  /** An error: screen readers announce it immediately. */
  urgent?: boolean;
}

// Toasts wait until the list, which is loaded late, is mounted: the manager
// notifies only existing subscribers.
let stands = false;
const waiting: (() => void)[] = [];
let wanted = () => {};

/** whenToasts sets what loads the list, called with the first toast. */
export function whenToasts(run: () => void) {
  wanted = run;
  if (waiting.length > 0) run();
}

/** listMounted shows the toasts that waited for the list. */
export function listMounted() {
  stands = true;
  for (const show of waiting.splice(0)) show();
}

/** toast shows a short message for a while, above any room. It returns a function that closes it. */
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
  else {
    waiting.push(show);
    wanted();
  }
  return close;
}

