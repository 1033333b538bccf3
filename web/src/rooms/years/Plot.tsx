import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { Link, useLocation } from "wouter";
import { brief } from "../../lib/amounts";
import { count } from "../../lib/dates";
import { useMedia } from "../../lib/media";
import { useDark } from "../../lib/theme";
import type { Drawing } from "./draw";
import { filled, indexOf, nameOf, type By } from "./periods";
import { words } from "./words";
import "./plot.css";

/** Bar is what a period has. */
export interface Bar {
  period: string;
  value: number;
  /** In words: "21 days, 9,120 words". */
  says: string;
}

interface Props {
  /** What is plotted: "Days written". */
  label: string;
  by: By;
  /** Ascending; periods that are not among them have nothing. */
  bars: readonly Bar[];
  /** Says in a sentence what there is to see. */
  summary: ReactNode;
  /** The columns of the table, beside the period's. */
  columns: readonly string[];
  cells: (period: string) => readonly ReactNode[];
  /** Where a period opens. */
  href?: (period: string) => string;
  write?: (value: number) => string;
  /** The end of the scale, for plots that are to be compared. */
  most?: number;
  small?: boolean;
}

/** Plot shows bars over time: drawn, in words, to be gone through by the keys, and as a table. */
export function Plot({ label, by, bars, summary, columns, cells, href, write = brief, most, small }: Props) {
  const [, go] = useLocation();
  const all = useMemo(() => filled(bars, by), [bars, by]);
  const [at, setAt] = useState<number | null>(null);
  const name = useId();
  const touch = useMedia("(pointer: coarse)");
  const shown = at === null ? undefined : all[at];

  const onKeyDown = (event: KeyboardEvent) => {
    const last = all.length - 1;
    const from = at ?? (event.key === "ArrowLeft" ? all.length : -1);
    const big = by === "month" ? 12 : 10;
    const moves: Record<string, number> = { ArrowLeft: from - 1, ArrowDown: from - 1, ArrowRight: from + 1, ArrowUp: from + 1, PageDown: from - big, PageUp: from + big, Home: 0, End: last };
    const to = moves[event.key];
    if (to !== undefined) {
      event.preventDefault();
      setAt(Math.min(Math.max(to, 0), last));
    } else if (event.key === "Enter" && shown?.point && href) {
      go(href(shown.period));
    }
  };
  const says = shown ? `${nameOf(shown.period)}: ${shown.point?.says ?? "nothing"}` : "";

  if (all.length === 0) return null;
  return (
    <figure className="plot" data-small={small || undefined} aria-labelledby={name}>
      <figcaption>
        <span id={name} className="visually-hidden">
          {label}
        </span>
        {summary}
      </figcaption>
      <div
        className="plot-frame"
        role="slider"
        tabIndex={0}
        aria-label={`${label}, ${by === "month" ? words.plot.monthly : words.plot.yearly}`}
        aria-valuemin={0}
        aria-valuemax={all.length - 1}
        aria-valuenow={at ?? 0}
        aria-valuetext={says || `${nameOf(all[0]?.period ?? "")} to ${nameOf(all.at(-1)?.period ?? "")}`}
        onKeyDown={onKeyDown}
      >
        <Canvas by={by} first={indexOf(all[0]?.period ?? "0", by)} all={all} at={at} onPoint={setAt} write={write} most={most} />
      </div>
      <p className="plot-says">
        {shown ? (
          <>
            <strong>{nameOf(shown.period)}</strong> {shown.point?.says ?? words.plot.nothingWritten}
            {href && shown.point && (
              <>
                {" · "}
                <Link href={href(shown.period)}>{words.plot.open}</Link>
              </>
            )}
          </>
        ) : (
          <span className="hint">{touch ? words.plot.touchHint : words.plot.pointerHint}</span>
        )}
      </p>
      <Table label={label} by={by} bars={bars} columns={columns} cells={cells} href={href} />
    </figure>
  );
}

/** Table is the same in figures. */
function Table({ label, by, bars, columns, cells, href }: Pick<Props, "label" | "by" | "bars" | "columns" | "cells" | "href">) {
  const [open, setOpen] = useState(false);
  return (
    <details className="plot-table" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{words.plot.asTable}</summary>
      {open && (
        <div className="plot-rows" role="region" aria-label={words.plot.tableOf(label)} tabIndex={0}>
          <table>
            <thead>
              <tr>
                <th scope="col">{by === "month" ? words.plot.month : words.plot.year}</th>
                {columns.map((column) => (
                  <th key={column} scope="col">
                    {column}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {bars.map(({ period }) => (
                <tr key={period}>
                  <th scope="row">{href ? <Link href={href(period)}>{nameOf(period)}</Link> : nameOf(period)}</th>
                  {cells(period).map((cell, i) => (
                    <td key={i}>{typeof cell === "number" ? count(cell) : cell}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </details>
  );
}

interface CanvasProps {
  by: By;
  first: number;
  all: readonly { point: Bar | null }[];
  at: number | null;
  onPoint: (i: number) => void;
  write: (value: number) => string;
  most?: number;
}

/** Canvas is where it is drawn; what draws is loaded when there is something to draw. */
function Canvas({ by, first, all, at, onPoint, write, most }: CanvasProps) {
  const host = useRef<HTMLDivElement>(null);
  const drawing = useRef<Drawing | null>(null);
  const marked = useRef(at);
  const [failed, setFailed] = useState(false);
  const dark = useDark();
  useEffect(() => {
    let gone = false;
    void import("./draw").then(
      ({ draw }) => {
        if (gone || !host.current) return;
        drawing.current = draw(host.current, { by, first, values: all.map(({ point }) => point?.value ?? 0), most, write, onPoint });
        drawing.current.mark(marked.current);
      },
      () => setFailed(true),
    );
    return () => {
      gone = true;
      drawing.current?.end();
      drawing.current = null;
    };
  }, [by, first, all, write, most, onPoint, dark]);
  useEffect(() => {
    marked.current = at;
    drawing.current?.mark(at);
  }, [at]);
  return <div ref={host} className="plot-canvas">{failed && <p className="hint">{words.plot.failed}</p>}</div>;
}
