import { Camera, ImagePlus } from "lucide-react";
import { useImperativeHandle, useRef, useState, type ClipboardEvent, type DragEvent, type KeyboardEvent, type ChangeEvent, type ReactNode, type Ref, type RefObject, type SyntheticEvent } from "react";
import "./writing.css";
import { addFiles, noteFiles } from "../lib/files";
import { useMedia } from "../lib/media";
import { Button, classes } from "./Button";
import { messageOf } from "./States";
import { toast } from "./Toasts";
import { words } from "./words";

const most = 1_000_000; // maximum characters of a note

/** The imperative handle of a WritingArea. */
export interface WritingHandle {
  focus: () => void;
  /** Selects the nth match of `marks` and scrolls it into view. */
  selectMark: (n: number) => void;
  /** Puts a sign before and behind what is selected. */
  wrap: (sign: string) => void;
  /** Begins the lines that are selected with a sign, or takes it away where they all have it. */
  prefix: (sign: string) => void;
  /** Inserts text as a line of its own, at the caret. */
  insertLine: (text: string) => void;
}

interface Props {
  value: string;
  onChange: (text: string) => void;
  /** The label for screen readers. */
  label: string;
  placeholder?: string;
  /** Parts to highlight: a global regular expression. */
  marks?: RegExp;
  /** Called with the caret's position, in UTF-16 units, when it moves. */
  onCaret?: (at: number) => void;
  describedBy?: string;
  /** The day of the note, to which pictures and other files can then be added. */
  day?: string;
  autoFocus?: boolean;
  className?: string;
  ref?: Ref<WritingHandle>;
}

/**
 * WritingArea is where Markdown is typed: as high as its text, with lists that
 * go on by themselves, Mod+B and Mod+I, and marks behind some of its words.
 */
export function WritingArea({ value, onChange, label, placeholder, marks, onCaret, describedBy, day, autoFocus, className, ref }: Props) {
  const area = useRef<HTMLTextAreaElement>(null);
  const mirror = useRef<HTMLDivElement>(null);

  useImperativeHandle(ref, () => ({
    focus: () => area.current?.focus(),
    selectMark: (n) => {
      const found = marks && [...value.matchAll(marks)][n];
      if (!found || !area.current) return;
      area.current.focus({ preventScroll: true });
      area.current.setSelectionRange(found.index, found.index + found[0].length);
      mirror.current?.querySelectorAll("mark")[n]?.scrollIntoView({ block: "center" });
      onCaret?.(found.index);
    },
    wrap: (sign) => typeInto(area.current, (to) => wrap(to, sign)),
    prefix: (sign) => typeInto(area.current, (to) => prefix(to, sign)),
    insertLine: (text) => typeInto(area.current, (to) => insertLine(to, text)),
  }), [marks, value, onCaret]);

  const onSelect = (event: SyntheticEvent<HTMLTextAreaElement>) => onCaret?.(event.currentTarget.selectionStart);
  const { busy, add } = useFiles(day, area);
  const filesOf = (data: DataTransfer) => (day ? [...data.files] : []);
  const paste = (event: ClipboardEvent<HTMLTextAreaElement>) => {
    const files = filesOf(event.clipboardData);
    if (files.length === 0 || event.clipboardData.getData("text") !== "") return onPaste(event);
    event.preventDefault();
    event.stopPropagation();
    void add(files);
  };
  const drop = (event: DragEvent<HTMLDivElement>) => {
    const files = filesOf(event.dataTransfer);
    if (files.length === 0) return;
    event.preventDefault();
    event.stopPropagation();
    void add(files);
  };
  return (
    <>
    <div className={classes("writing", className)} onDragOver={(event) => day && event.dataTransfer.types.includes("Files") && event.preventDefault()} onDrop={drop}>
      <div ref={mirror} className="writing-mirror" aria-hidden dir="auto">
        {marks ? marked(value, marks) : value}
        {"\n"}
      </div>
      <textarea
        ref={area}
        dir="auto"
        value={value}
        onChange={(event) => onChange(event.target.value.replaceAll("\0", ""))} // not allowed in a note
        onKeyDown={onKeyDown}
        onPaste={paste}
        onSelect={onSelect}
        aria-label={label}
        aria-describedby={describedBy}
        placeholder={placeholder}
        spellCheck
        autoFocus={autoFocus}
      />
    </div>
    {day && <AddFiles busy={busy} onFiles={(files) => void add(files)} />}
    </>
  );
}

/** useFiles keeps files for a note and writes what embeds them where the caret is. */
function useFiles(day: string | undefined, area: RefObject<HTMLTextAreaElement | null>) {
  const [busy, setBusy] = useState(false);
  const add = async (files: readonly File[]) => {
    if (!day || files.length === 0) return;
    setBusy(true);
    try {
      const embeds = await addFiles(day, files);
      const field = area.current;
      if (!field) return;
      const { selectionEnd: at, value } = field;
      field.focus();
      field.setSelectionRange(at, at);
      const before = at === 0 || value[at - 1] === "\n" ? "" : "\n";
      insert(`${before}${embeds.join("\n")}\n`);
    } catch (error) {
      toast(words.writingArea.filesWereNot, { detail: messageOf(error), urgent: true });
    } finally {
      setBusy(false);
    }
  };
  return { busy, add };
}

function AddFiles({ busy, onFiles }: { busy: boolean; onFiles: (files: File[]) => void }) {
  const touch = useMedia("(pointer: coarse)");
  const choose = useRef<HTMLInputElement>(null);
  const camera = useRef<HTMLInputElement>(null);
  const take = (event: ChangeEvent<HTMLInputElement>) => {
    onFiles([...(event.target.files ?? [])]);
    event.target.value = "";
  };
  return (
    <div className="row writing-files">
      <Button small look="quiet" busy={busy} onClick={() => choose.current?.click()}>
        <ImagePlus aria-hidden /> {words.writingArea.addPictures}
      </Button>
      {touch && (
        <Button small look="quiet" busy={busy} onClick={() => camera.current?.click()}>
          <Camera aria-hidden /> {words.writingArea.takePhoto}
        </Button>
      )}
      <input ref={choose} type="file" multiple accept={noteFiles} hidden aria-label={words.writingArea.picturesAdd} onChange={take} />
      <input ref={camera} type="file" accept="image/*" capture="environment" hidden aria-label={words.writingArea.photoAdd} onChange={take} />
    </div>
  );
}

function marked(text: string, marks: RegExp): ReactNode[] {
  const parts: ReactNode[] = [];
  let at = 0;
  for (const found of text.matchAll(marks)) {
    parts.push(text.slice(at, found.index), <mark key={found.index}>{found[0]}</mark>);
    at = found.index + found[0].length;
  }
  parts.push(text.slice(at));
  return parts;
}

/** onPaste refuses text longer than a note may be: it could not be saved. */
function onPaste(event: ClipboardEvent<HTMLTextAreaElement>) {
  const { value, selectionStart, selectionEnd } = event.currentTarget;
  const length = value.length - (selectionEnd - selectionStart) + event.clipboardData.getData("text").length;
  if (length <= most) return;
  event.preventDefault();
  toast(words.writingArea.tooLong, { detail: words.writingArea.tooLongDetail, urgent: true });
}

const item = /^(\s*)(?:([-*+])|(\d{1,4})([.)]))( +)(\[[ xX]\] +)?/;

function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>) {
  const area = event.currentTarget;
  if (event.nativeEvent.isComposing || event.keyCode === 229 || event.altKey) return;
  if ((event.ctrlKey || event.metaKey) && !event.shiftKey && (event.key === "b" || event.key === "i")) {
    event.preventDefault();
    wrap(area, event.key === "b" ? "**" : "*");
  } else if (event.key === "Enter" && !event.shiftKey && !event.ctrlKey && !event.metaKey && area.selectionStart === area.selectionEnd) {
    goOn(area, event);
  }
}

// insert acts like typing, so that it can be undone.
function insert(text: string) {
  document.execCommand(text ? "insertText" : "delete", false, text);
}

function wrap(area: HTMLTextAreaElement, sign: string) {
  const { selectionStart: from, selectionEnd: to, value } = area;
  const inside = value.slice(from, to);
  insert(sign + inside + sign);
  area.setSelectionRange(from + sign.length, from + sign.length + inside.length);
}

function typeInto(area: HTMLTextAreaElement | null, type: (area: HTMLTextAreaElement) => void) {
  if (!area) return;
  area.focus();
  type(area);
}

/** prefix begins each line that is selected with a sign; lines that have it lose it. */
function prefix(area: HTMLTextAreaElement, sign: string) {
  const { value, selectionStart, selectionEnd } = area;
  const from = value.lastIndexOf("\n", selectionStart - 1) + 1;
  const end = value.indexOf("\n", selectionEnd);
  const lines = value.slice(from, end < 0 ? undefined : end).split("\n");
  const off = lines.every((line) => line.startsWith(sign));
  area.setSelectionRange(from, end < 0 ? value.length : end);
  insert(lines.map((line) => (off ? line.slice(sign.length) : sign + line)).join("\n"));
}

/** insertLine inserts a line of its own, with blank lines around it where there is text. */
function insertLine(area: HTMLTextAreaElement, text: string) {
  const { value, selectionEnd: at } = area;
  const [before, behind] = [value.slice(0, at), value.slice(at)];
  const gap = (near: string, has: RegExp) => (near === "" || has.test(near) ? "" : /\n$|^\n/.test(near) ? "\n" : "\n\n");
  area.setSelectionRange(at, at);
  insert(`${gap(before, /\n\n$/)}${text}${behind === "" ? "\n\n" : gap(behind, /^\n\n/)}`);
}

/** goOn starts the next list item, or ends the list after an empty one. */
function goOn(area: HTMLTextAreaElement, event: KeyboardEvent) {
  const at = area.selectionStart;
  const start = area.value.lastIndexOf("\n", at - 1) + 1;
  const found = item.exec(area.value.slice(start, at));
  if (!found) return;
  event.preventDefault();
  const [all, indent = "", bullet, number, sign = "", gap = " ", box] = found;
  if (start + all.length === at) {
    area.setSelectionRange(start, at);
    insert("");
    return;
  }
  insert(`\n${indent}${bullet ?? `${Number(number) + 1}${sign}`}${gap}${box ? "[ ] " : ""}`);
}
