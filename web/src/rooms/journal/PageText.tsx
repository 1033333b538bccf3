import { useEffect, useMemo, useRef } from "react";
import type { Page } from "../../lib/entries";
import { spanOfPoints, type Span } from "../../lib/offsets";
import { EntryText } from "../../ui/EntryText";
import { words } from "./words";

interface Part {
  /** The page that it is of; undefined for what stands before the first. */
  page?: number;
  text: string;
  spans: Span[];
}

interface Props {
  /** The entry's. */
  id: string;
  text: string;
  /** Pages whose places are known, in their order. */
  pages: Page[];
  spans: Span[];
  /** Tells which page is being read, while somebody scrolls. */
  onPage: (page: number) => void;
  /** A page that is to be brought into view, whenever it is another object. */
  wanted: { page: number } | null;
}

const gestures = ["wheel", "touchmove", "pointerdown", "keydown"] as const;

/** PageText shows a text page by page. */
export function PageText({ id, text, pages, spans, onPage, wanted }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const scrolled = useRef(false); // by somebody, since a page or a passage was gone to
  const parts = useMemo(() => cut(text, pages, spans), [text, pages, spans]);
  const tell = useRef(onPage);
  useEffect(() => {
    tell.current = onPage;
  });

  // The page that crosses the window's upper third is the one that is read.
  useEffect(() => {
    const watch = new IntersectionObserver((seen) => {
      for (const part of seen) {
        const page = Number((part.target as HTMLElement).dataset.page);
        if (part.isIntersecting && page && scrolled.current) tell.current(page);
      }
    }, { rootMargin: "-33% 0px -66% 0px" });
    for (const part of box.current?.querySelectorAll("[data-page]") ?? []) watch.observe(part);
    const onGesture = (event: Event) => {
      if (event instanceof KeyboardEvent && !/^(Arrow(Up|Down)|Page(Up|Down)|Home|End| )$/.test(event.key)) return;
      if (event.type === "pointerdown" && event.target !== document.documentElement) return; // that is the scroll bar
      scrolled.current = true;
    };
    for (const gesture of gestures) addEventListener(gesture, onGesture, { passive: true });
    return () => {
      watch.disconnect();
      for (const gesture of gestures) removeEventListener(gesture, onGesture);
    };
  }, [parts]);

  useEffect(() => {
    if (!wanted) return;
    scrolled.current = false;
    box.current?.querySelector(`[data-page="${wanted.page}"]`)?.scrollIntoView({ block: "start" });
  }, [wanted]);

  const first = parts.findIndex((part) => part.spans.length > 0);
  return (
    <div ref={box}>
      {parts.map((part, i) => (
        <div key={i} className="page-part" data-page={part.page}>
          {part.page && <p className="page-mark">{words.pageText.page(part.page)}</p>}
          <EntryText id={id} text={part.text} spans={part.spans} reveal={i === first} />
        </div>
      ))}
    </div>
  );
}

function cut(text: string, pages: Page[], spans: Span[]): Part[] {
  const starts = pages.map((page) => spanOfPoints(text, page.start ?? 0, page.start ?? 0).start);
  const parts: Part[] = [];
  const add = (from: number, to: number, page?: number) => {
    const inside = spans.filter((s) => s.start < to && s.end > from).map((s) => ({ start: Math.max(s.start - from, 0), end: Math.min(s.end, to) - from }));
    parts.push({ page, text: text.slice(from, to), spans: inside });
  };
  if (text.slice(0, starts[0]).trim() !== "") add(0, starts[0] ?? 0);
  pages.forEach((page, i) => add(starts[i] ?? 0, starts[i + 1] ?? text.length, page.number));
  return parts;
}
