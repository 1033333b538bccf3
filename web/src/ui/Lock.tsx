import { Lock as Icon } from "lucide-react";
import { words } from "./words";

/** Lock marks a note that is private: it is never sent to a provider. Nothing where it is not. */
export function Lock({ on }: { on: boolean | undefined }) {
  if (!on) return null;
  return (
    <span className="lock" role="img" aria-label={words.lock.private} title={words.lock.privateNeverSent}>
      <Icon aria-hidden />
    </span>
  );
}
