import { EllipsisVertical, FileDown, PenLine, Sparkles, Trash2 } from "lucide-react";
import { useState, type FormEvent } from "react";
import { ApiError } from "../lib/api";
import { useChoice } from "../lib/models";
import { deleteThread } from "../lib/deletions";
import { exportUrl, renameThread, writeTitle } from "../lib/threads";
import type { Thread } from "../lib/types";
import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { Menu, MenuItem, MenuSeparator } from "./Menu";
import { ErrorNote } from "./States";
import { toast } from "./Toasts";
import { words } from "./words";

interface Props {
  thread: Thread;
  onDelete?: () => void;
  /** Shows RenameThread outside of a row that may go away. By default, the menu shows it. */
  onRename?: () => void;
}

/** ThreadMenu is the menu of a conversation, with its button. */
export function ThreadMenu({ thread, onDelete, onRename }: Props) {
  const [renaming, setRenaming] = useState(false);
  const [choice] = useChoice();

  async function write() {
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
      <Menu
        trigger={
          <button type="button" className="button quiet icon small" aria-label={words.threadMenu.label(thread.title)} title={words.threadMenu.more}>
            <EllipsisVertical aria-hidden />
          </button>
        }
      >
        <MenuItem icon={<PenLine aria-hidden />} onClick={onRename ?? (() => setRenaming(true))}>
          {words.threadMenu.renameMenu}
        </MenuItem>
        <MenuItem icon={<Sparkles aria-hidden />} onClick={() => void write()}>
          {choice?.provider === "offline" ? words.threadMenu.useQuestion : words.threadMenu.generateTitle}
        </MenuItem>
        <MenuSeparator />
        <MenuItem icon={<FileDown aria-hidden />} download={exportUrl(thread.thread_id, "markdown")}>
          {words.threadMenu.exportMarkdown}
        </MenuItem>
        <MenuItem icon={<FileDown aria-hidden />} download={exportUrl(thread.thread_id, "json")}>
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
      </Menu>
      {renaming && <RenameThread thread={thread} onClose={() => setRenaming(false)} />}
    </>
  );
}

/** RenameThread is the dialog in which a conversation gets another title. */
export function RenameThread({ thread, onClose }: { thread: Thread; onClose: () => void }) {
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
