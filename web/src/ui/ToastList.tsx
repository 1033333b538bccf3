import { Toast } from "@base-ui/react/toast";
import { X } from "lucide-react";
import { useEffect } from "react";
import { listMounted, manager } from "./Toasts";
import { words } from "./words";
import "./overlay.css";

/** ToastList is where toasts are shown. */
export default function ToastList() {
  useEffect(listMounted, []); // after the provider's own effect, which subscribes
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
        <Toast.Close className="toast-close" aria-label={words.toastList.dismiss}>
          <X aria-hidden />
        </Toast.Close>
      </Toast.Content>
    </Toast.Root>
  ));
}
