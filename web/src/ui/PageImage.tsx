import { Maximize2, ZoomIn, ZoomOut } from "lucide-react";
import { useCallback, useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent, type PointerEvent } from "react";
import { IconButton } from "./Button";
import { words } from "./words";
import type { PagePart } from "../lib/pageparts";
import { pagesAreWide, pictureSize, pictureUrl, pictureWanted } from "../lib/pictures";
import "./page.css";

interface Props {
  /** The picture's path, as the API returns it for a page. */
  image: string;
  /** The alternative text: "Page 2 of 4 June 2023". */
  label: string;
  /** The part to mark and to show first, as shares of the page's height. Pass the same object while it is the same. */
  part?: PagePart | null;
}

const steps = [1, 1.5, 2, 3, 4, 6];

/** PageImage shows the picture of a page, with zooming and panning by mouse, touch and keyboard. */
export function PageImage({ image, label, part }: Props) {
  const [zoom, setZoom] = useState(1);
  const [state, setState] = useState<"loading" | "there" | "failed">("loading");
  const [wide, setWide] = useState(0); // the view's width; 0 until it is measured
  const [sharp, setSharp] = useState(0); // the longest side of its picture; 0 until the view is measured
  const view = useRef<HTMLDivElement>(null);
  const picture = useRef<HTMLImageElement>(null);
  const hold = useRef<{ fx: number; fy: number; x: number; y: number } | null>(null);
  const drag = useRef<{ x: number; y: number; left: number; top: number } | null>(null);

  const shown = useRef("");
  useLayoutEffect(() => setZoom(1), [image]);
  useLayoutEffect(() => {
    const box = view.current;
    if (!box) return;
    const measure = () => {
      if (box.clientWidth === 0) return; // not shown
      if (box.closest(".viewer")) pagesAreWide(box.clientWidth);
      setWide(box.clientWidth);
    };
    measure();
    const resized = new ResizeObserver(measure);
    resized.observe(box);
    return () => resized.disconnect();
  }, []);
  // What is there is sharp enough for a smaller view; another page, and one that is zoomed out again, is loaded in its own size.
  const size = wide > 0 ? pictureSize(wide, zoom) : 0;
  useLayoutEffect(() => setSharp((was) => Math.max(zoom > 1 ? was : 0, size)), [image, zoom, size]);
  // A picture that was loaded before is there at once; a sharper one of the same page takes its place when it is.
  useLayoutEffect(() => {
    const { current } = picture;
    if (current?.complete && current.naturalWidth > 0) setState("there");
    else if (shown.current !== image) setState("loading");
    shown.current = image;
  }, [image, sharp]);

  const wanted = sharp > 0 && state === "loading";
  useEffect(() => (wanted ? pictureWanted() : undefined), [wanted, image]);

  // zoomTo keeps the point x, y of the view (by default its middle) in place.
  const zoomTo = useCallback((next: number, x?: number, y?: number) => {
    const box = view.current;
    if (!box) return;
    const px = x ?? box.clientWidth / 2;
    const py = y ?? box.clientHeight / 2;
    hold.current = { fx: (box.scrollLeft + px) / box.scrollWidth, fy: (box.scrollTop + py) / box.scrollHeight, x: px, y: py };
    setZoom(Math.min(Math.max(next, 1), 6));
  }, []);

  useLayoutEffect(() => {
    const box = view.current;
    const held = hold.current;
    hold.current = null;
    if (!box || !held) return;
    box.scrollLeft = held.fx * box.scrollWidth - held.x;
    box.scrollTop = held.fy * box.scrollHeight - held.y;
  }, [zoom]);

  // The part is in the middle of the view once there is a picture to scroll.
  useEffect(() => {
    const box = view.current;
    if (!box || !part || state !== "there") return;
    box.scrollTop = ((part.from + part.to) / 2) * box.scrollHeight - box.clientHeight / 2;
  }, [part, state, image]);

  // React listens for the wheel passively, and a page must not zoom itself.
  useEffect(() => {
    const box = view.current;
    if (!box) return;
    const onWheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const at = box.getBoundingClientRect();
      zoomTo(zoom * Math.exp(-event.deltaY / 200), event.clientX - at.left, event.clientY - at.top);
    };
    box.addEventListener("wheel", onWheel, { passive: false });
    return () => box.removeEventListener("wheel", onWheel);
  }, [zoom, zoomTo]);

  const step = (by: 1 | -1) => zoomTo(by > 0 ? (steps.find((s) => s > zoom + 0.01) ?? 6) : ([...steps].reverse().find((s) => s < zoom - 0.01) ?? 1));

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "+" || event.key === "=") step(1);
    else if (event.key === "-") step(-1);
    else if (event.key === "0") zoomTo(1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    const box = view.current;
    if (!box || event.pointerType !== "mouse" || event.button !== 0 || zoom === 1) return;
    drag.current = { x: event.clientX, y: event.clientY, left: box.scrollLeft, top: box.scrollTop };
    box.setPointerCapture(event.pointerId);
  };
  const onPointerMove = (event: PointerEvent) => {
    const box = view.current;
    if (!box || !drag.current) return;
    box.scrollLeft = drag.current.left - (event.clientX - drag.current.x);
    box.scrollTop = drag.current.top - (event.clientY - drag.current.y);
  };
  const onPointerUp = () => {
    drag.current = null;
  };

  return (
    <figure className="page-image" aria-label={label}>
      <div className="page-tools">
        <IconButton label={words.pageImage.zoomOut} small onClick={() => step(-1)} disabled={zoom <= 1}>
          <ZoomOut aria-hidden />
        </IconButton>
        <IconButton label={words.pageImage.zoomIn} small onClick={() => step(1)} disabled={zoom >= 6}>
          <ZoomIn aria-hidden />
        </IconButton>
        <IconButton label={words.pageImage.wholePage} small onClick={() => zoomTo(1)} disabled={zoom === 1}>
          <Maximize2 aria-hidden />
        </IconButton>
      </div>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls */}
      <div
        ref={view}
        className="page-view"
        data-zoomed={zoom > 1 || undefined}
        tabIndex={0}
        role="group"
        aria-label={words.pageImage.zoomHint(label)}
        onKeyDown={onKeyDown}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        onPointerCancel={onPointerUp}
        onDoubleClick={(event) => {
          const at = event.currentTarget.getBoundingClientRect();
          zoomTo(zoom > 1 ? 1 : 2.5, event.clientX - at.left, event.clientY - at.top);
        }}
      >
        {state === "failed" ? (
          <p className="page-failed">{words.pageImage.failed}</p>
        ) : (
          <div className="page-sheet" style={{ width: `${zoom * 100}%` }}>
            <img
              ref={picture}
              src={sharp > 0 ? pictureUrl(image, sharp) : undefined}
              alt={label}
              decoding="async"
              fetchPriority="high"
              draggable={false}
              data-state={state}
              onLoad={() => setState("there")}
              onError={() => setState("failed")}
            />
            {part && state === "there" && <span className="page-here" aria-hidden style={{ top: `${part.from * 100}%`, height: `${(part.to - part.from) * 100}%` }} />}
          </div>
        )}
      </div>
    </figure>
  );
}
