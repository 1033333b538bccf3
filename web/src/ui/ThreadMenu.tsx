import { Menu as Base } from "@base-ui/react/menu";
import { EllipsisVertical, FileDown, PenLine, Sparkles, Trash2 } from "lucide-react";
import { useState, type FormEvent } from "react";
import { ApiError } from "../lib/api";
import { useChoice } from "../lib/models";
import { deleteThread } from "../lib/deletions";
import { exportUrl, renameThread, writeTitle } from "../lib/threads";
import type { Thread } from "../lib/types";
import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { MenuItem, MenuPopup, MenuSeparator } from "./MenuParts";
import { ErrorNote } from "./States";
import { toast } from "./Toasts";
import { words } from "./words";

const handle = Base.createHandle<Thread>();

/** ThreadMenuButton opens the menu of a conversation; it needs a ThreadMenu in the page. */
export function ThreadMenuButton({ thread }: { thread: Thread }) {
  return (
    <Base.Trigger handle={handle} payload={thread} className="button quiet icon small" aria-label={words.threadMenu.label(thread.title)} title={words.threadMenu.more}>
      <EllipsisVertical aria-hidden />
    </Base.Trigger>
  );
}

/** ThreadMenu is the menu of a conversation. All buttons of a room share one, as a list has many. */
export function ThreadMenu({ onDelete }: { onDelete?: () => void }) {
  const [renaming, setRenaming] = useState<Thread | null>(null);
  const [choice] = useChoice();

  async function write(thread: Thread) {
    if (!choice) return;
    try {
      const title = await writeTitle(thread.thread_id, choice);
      toast(words.threadMenu.titleChanged, { detail: title });
    } catch (error) {
      toast(words.threadMenu.titleCouldNot, { detail: error instanceof ApiError ? error.message : undefined, urgent: true });
    }
  }

  return (
    <>
      <Base.Root handle={handle}>
        {({ payload: thread }: { payload: Thread | undefined }) => (
          <MenuPopup>
            {thread && (
              <>
                <MenuItem icon={<PenLine aria-hidden />} onClick={() => setRenaming(thread)}>
                  {words.threadMenu.renameMenu}
                </MenuItem>
                <MenuItem icon={<Sparkles aria-hidden />} onClick={() => void write(thread)}>
                  {choice?.provider === "offline" ? words.threadMenu.useQuestion : words.threadMenu.generateTitle}
                </MenuItem>
                <MenuSeparator />
                <MenuItem icon={<FileDown aria-hidden />} render={<a href={exportUrl(thread.thread_id, "markdown")} download />}>
                  {words.threadMenu.exportMarkdown}
                </MenuItem>
                <MenuItem icon={<FileDown aria-hidden />} render={<a href={exportUrl(thread.thread_id, "json")} download />}>
                  {words.threadMenu.exportJson}
                </MenuItem>
                <MenuSeparator />
                <MenuItem
                  danger
                  icon={<Trash2 aria-hidden />}
                  onClick={() => {
                    deleteThread(thread);
                    onDelete?.();
                  }}
                >
                  {words.threadMenu.delete}
                </MenuItem>
              </>
            )}
          </MenuPopup>
        )}
      </Base.Root>
      {renaming && <Rename thread={renaming} onClose={() => setRenaming(null)} />}
    </>
  );
}

function Rename({ thread, onClose }: { thread: Thread; onClose: () => void }) {
  const [title, setTitle] = useState(thread.title);
  const [error, setError] = useState<unknown>(null);
  async function submit(event: FormEvent) {
    event.preventDefault();
    try {
      await renameThread(thread.thread_id, title.trim());
      onClose();
    } catch (failure) {
      setError(failure);
    }
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title={words.threadMenu.renameConversation}
      size="small"
      footer={
        <>
          <Button onClick={onClose}>{words.threadMenu.cancel}</Button>
          <Button look="primary" type="submit" form="rename" disabled={!title.trim()}>
            {words.threadMenu.rename}
          </Button>
        </>
      }
    >
      <form id="rename" onSubmit={(event) => void submit(event)} className="stack">
        <div>
          <label className="label" htmlFor="thread-title">
            {words.threadMenu.title}
          </label>
          <input id="thread-title" className="field" value={title} maxLength={1000} autoFocus onChange={(event) => setTitle(event.target.value)} onFocus={(event) => event.target.select()} autoComplete="off" />
        </div>
        {error !== null && <ErrorNote error={error} />}
      </form>
    </Dialog>
  );
}
