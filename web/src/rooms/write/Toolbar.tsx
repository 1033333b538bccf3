import { Bold, Camera, Heading, ImagePlus, Italic, List, ListTodo, Quote } from "lucide-react";
import { useRef, useState, type ChangeEvent, type ReactNode, type RefObject } from "react";
import { addFiles } from "../../lib/files";
import { useMedia } from "../../lib/media";
import { messageOf } from "../../ui/States";
import { toast } from "../../ui/Toasts";
import type { WritingHandle } from "../../ui/WritingArea";
import { words } from "./words";

/** Toolbar has what a thumb would otherwise type: photographs, and the signs of Markdown. */
export function Toolbar({ area, day }: { area: RefObject<WritingHandle | null>; day: string }) {
  const wrap = (sign: string) => () => area.current?.wrap(sign);
  const line = (sign: string) => () => area.current?.prefix(sign);
  return (
    <div className="write-bar" role="toolbar" aria-label={words.tools}>
      <Photographs area={area} day={day} />
      <Tool label={words.bold} run={wrap("**")}>
        <Bold aria-hidden />
      </Tool>
      <Tool label={words.italic} run={wrap("*")}>
        <Italic aria-hidden />
      </Tool>
      <Tool label={words.list} run={line("- ")}>
        <List aria-hidden />
      </Tool>
      <Tool label={words.task} run={line("- [ ] ")}>
        <ListTodo aria-hidden />
      </Tool>
      <Tool label={words.heading} run={line("## ")}>
        <Heading aria-hidden />
      </Tool>
      <Tool label={words.quote} run={line("> ")}>
        <Quote aria-hidden />
      </Tool>
    </div>
  );
}

function Tool({ label, run, busy, children }: { label: string; run: () => void; busy?: boolean; children: ReactNode }) {
  // The field keeps the focus, and a phone its keyboard.
  return (
    <button type="button" className="button quiet icon" aria-label={label} title={label} aria-busy={busy || undefined} disabled={busy} onPointerDown={(event) => event.preventDefault()} onClick={run}>
      {children}
    </button>
  );
}

function Photographs({ area, day }: { area: RefObject<WritingHandle | null>; day: string }) {
  const touch = useMedia("(pointer: coarse)");
  const field = useRef<HTMLInputElement>(null);
  const camera = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);
  const add = async (files: File[]) => {
    setBusy(true);
    const failures: unknown[] = [];
    for (const file of files) {
      try {
        area.current?.insertLine((await addFiles(day, [file])).join("\n"));
      } catch (error) {
        failures.push(error);
      }
    }
    setBusy(false);
    if (failures.length > 0) toast(failures.length === 1 ? words.photoFailed : words.photosFailed(failures.length), { detail: messageOf(failures[0]), urgent: true });
  };
  const take = (event: ChangeEvent<HTMLInputElement>) => {
    const files = [...(event.target.files ?? [])];
    event.target.value = ""; // the same one again is a change
    if (files.length > 0) void add(files);
  };
  return (
    <>
      <input ref={field} type="file" accept="image/jpeg,image/png,image/webp,image/heic,image/heif" multiple hidden aria-label={words.photo} onChange={take} />
      <input ref={camera} type="file" accept="image/*" capture="environment" hidden aria-label={words.camera} onChange={take} />
      {touch && (
        <Tool label={words.camera} busy={busy} run={() => camera.current?.click()}>
          <Camera aria-hidden />
        </Tool>
      )}
      <Tool label={words.photo} busy={busy} run={() => field.current?.click()}>
        <ImagePlus aria-hidden />
      </Tool>
    </>
  );
}
