import { ThreadMenu, ThreadMenuButton } from "../../ui/ThreadMenu";
import type { Thread } from "../../lib/types";

/** ThreadTools is the menu of the conversation that is open. */
export default function ThreadTools({ thread, onDelete }: { thread: Thread; onDelete: () => void }) {
  return (
    <>
      <ThreadMenuButton thread={thread} />
      <ThreadMenu onDelete={onDelete} />
    </>
  );
}
