import { Dialog } from "../../ui/Dialog";
import { Recent } from "./Recent";
import { words } from "./words";

/** RecentSheet lists the conversations on a phone. */
export default function RecentSheet({ current, onClose }: { current?: string; onClose: () => void }) {
  return (
    <Dialog open onClose={onClose} title={words.recent} size="sheet">
      <Recent current={current} onGo={onClose} />
    </Dialog>
  );
}
