import { FileImage, Square, SquareCheck } from "lucide-react";
import { createContext, lazy, Suspense, useContext, useState, type MouseEvent, type ReactNode } from "react";
import { fileUrl } from "../lib/files";
import { words } from "./words";

const Lightbox = lazy(() => import("./Lightbox"));

/** NoteContext is the note that is being rendered; null outside of one. */
export const NoteContext = createContext<{
  id: string;
  /** Marks the task at a place in the text as done or not done. Without it, tasks cannot be ticked. */
  onTick?: (at: number, done: boolean) => void;
} | null>(null);

const pictures = /\.(?:png|jpe?g|gif|webp|avif|bmp|heic|heif|tiff?|pdf)$/i;
// A recording made here is sound alone, also as WebM.
const sounds = /\.(?:mp3|m4a|aac|wav|ogg|oga|opus|flac|3gp)$|(?:^|\/)Recording [^/]*\.webm$/i;
const films = /\.(?:mp4|m4v|webm|ogv|mov|mkv)$/i;

/** isFile says whether a name is that of a file that is shown. */
export const isFile = (name: string) => pictures.test(name) || sounds.test(name) || films.test(name);

/** Attachment shows a file of the vault where a note embeds it. What is not a file of the vault is named only. */
export function Attachment({ target, children }: { target: string; children?: ReactNode }) {
  const note = useContext(NoteContext);
  const [failed, setFailed] = useState(false);
  const [large, setLarge] = useState(false);
  if (!note || failed || !isFile(target)) {
    return (
      <span className="embed">
        <FileImage aria-hidden size={14} />
        {children}
      </span>
    );
  }
  const url = fileUrl(note.id, target);
  const name = target.split("/").pop() ?? target;
  const label = typeof children === "string" && children !== target ? children : name;
  const fail = () => setFailed(true);
  const caption = label === name ? null : <span className="attachment-name">{label}</span>;
  if (sounds.test(target) || films.test(target)) {
    const Player = sounds.test(target) ? "audio" : "video";
    return (
      <>
        <Player className="attachment" controls preload={Player === "audio" ? "none" : "metadata"} src={url} aria-label={label} onError={fail} />
        {caption}
      </>
    );
  }
  const pdf = /\.pdf$/i.test(target);
  const open = (event: MouseEvent) => {
    if (pdf || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    setLarge(true);
  };
  return (
    <>
      <a className="attachment" href={url} target="_blank" rel="noopener" title={label} onClick={open}>
        <img src={fileUrl(note.id, target, 1200)} alt={label} loading="lazy" decoding="async" onError={fail} />
        {pdf ? <span className="attachment-name">{label}</span> : caption}
      </a>
      {large && (
        <Suspense>
          <Lightbox image={url} label={label} onClose={() => setLarge(false)} />
        </Suspense>
      )}
    </>
  );
}

/** FileLink is a link to a file of the vault. */
export function FileLink({ target, children }: { target: string; children?: ReactNode }) {
  const note = useContext(NoteContext);
  if (!note) return <>{children}</>;
  return (
    <a href={fileUrl(note.id, target)} target="_blank" rel="noopener">
      {children}
    </a>
  );
}

/** The signs of states that note apps agree on, as they are shown. Any other is shown as it is. */
const shown: Record<string, string> = { "/": "◐", "-": "✗", ">": "→", "<": "←", "!": "!", "?": "?", "*": "★" };

/** Task is the box of a task. One in a state of its own, the sign in its box, cannot be ticked. */
export function Task({ done, state, at, name }: { done: boolean; state: string; at: number; name: string }) {
  const note = useContext(NoteContext);
  if (state) {
    const label = words.attachment.states[state] ?? words.attachment.marked(state);
    return <span role="img" className="task-box task-state" aria-label={label} title={label}>{shown[state] ?? state}</span>;
  }
  const Box = done ? SquareCheck : Square;
  if (!note?.onTick || at < 0) return <Box className="task-box" aria-label={done ? words.attachment.done : words.attachment.notDone} size={16} />;
  return (
    <button type="button" role="checkbox" aria-checked={done} aria-label={name || words.attachment.task} className="task-box" onClick={() => note.onTick?.(at, !done)}>
      <Box aria-hidden size={16} />
    </button>
  );
}
