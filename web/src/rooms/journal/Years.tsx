import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { memo, useLayoutEffect, useMemo, useRef, useState, type PointerEvent } from "react";
import { useLocation } from "wouter";
import { dayOf, monthName, shortDay, shortMonth, today, weekdayIndex } from "../../lib/dates";
import { dayPath } from "../../lib/links";
import { dateAt, daysIn, ordinal, type Written, type Year } from "./days";
import { words as text } from "./words";

/** Years shows every year that has notes as a map of its days, the latest first. Only those near the window are in the page. */
export function Years({ written, onMonth }: { written: Written; onMonth: (month: string) => void }) {
  const list = useRef<HTMLOListElement>(null);
  const [box, setBox] = useState({ top: 0, width: 0 });
  useLayoutEffect(() => {
    const element = list.current;
    if (!element) return;
    const measure = () => {
      const at = element.getBoundingClientRect();
      setBox((was) => {
        const next = { top: Math.round(at.top + scrollY), width: Math.round(at.width) };
        return was.top === next.top && was.width === next.width ? was : next;
      });
    };
    measure();
    const watch = new ResizeObserver(measure);
    watch.observe(element);
    watch.observe(document.body); // what is above may grow
    return () => watch.disconnect();
  }, []);

  // Above each row of a map is a line for its months, and above all of it one for its name.
  const rem = useMemo(() => parseFloat(getComputedStyle(document.documentElement).fontSize), [box.width]);
  const rows = box.width < narrow ? 2 : 1;
  const height = Math.ceil(rows * ((box.width * 7) / columnsOf(rows) + 1.75 * rem) + 4.25 * rem);
  const virtual = useWindowVirtualizer({
    count: written.years.length,
    estimateSize: () => height,
    getItemKey: (i) => written.years[i]?.year ?? i,
    overscan: 5,
    scrollMargin: box.top,
  });
  useLayoutEffect(() => virtual.measure(), [height, virtual]);

  return (
    <ol ref={list} className="years" role="list" aria-label={text.years.years} style={{ height: virtual.getTotalSize() }}>
      {box.width > 0 && virtual.getVirtualItems().map((row) => {
        const year = written.years[row.index];
        if (!year) return null;
        const older = written.years[row.index + 1];
        return (
          <li key={row.key} className="year" style={{ height: row.size, transform: `translateY(${row.start - box.top}px)` }}>
            <YearMap year={year} width={box.width} rows={rows} onMonth={onMonth} />
            {older && older.year < year.year - 1 && <p className="year-gap">{text.years.emptyYears(older.year + 1, year.year - 1)}</p>}
          </li>
        );
      })}
    </ol>
  );
}

const narrow = 600; // pixels: twelve months beside each other would be too small for a finger

/** columnsOf is how many weeks a row of a map may touch: of a year, or of half of one. */
const columnsOf = (rows: number) => (rows === 1 ? 54 : 28);
const side = 0.8; // of a day's square, whose place is 1

/** Row is a part of a year that is drawn in weeks beside each other. */
interface Row {
  /** Its first day and the one after its last, by their number in the year. */
  from: number;
  to: number;
  /** How many days before its first belong to that week. */
  gap: number;
  /** Its months, from 0. */
  months: number[];
}

function rowsOf(year: number, rows: number): Row[] {
  const months = 12 / rows;
  return Array.from({ length: rows }, (_, i) => {
    const first = dayOf(year, i * months + 1, 1);
    const to = i === rows - 1 ? daysIn(year) : ordinal(dayOf(year, (i + 1) * months + 1, 1));
    return { from: ordinal(first), to, gap: weekdayIndex(first), months: Array.from({ length: months }, (_, k) => i * months + k) };
  });
}

interface MapProps {
  year: Year;
  width: number;
  /** 1, or 2 for half of the year each. */
  rows: number;
  onMonth: (month: string) => void;
}

const YearMap = memo(function YearMap({ year, width, rows, onMonth }: MapProps) {
  const parts = useMemo(() => rowsOf(year.year, rows), [year.year, rows]);
  return (
    <section aria-label={`${year.year}`}>
      <div className="year-head">
        <h2>{year.year}</h2>
        <p className="hint">
          {text.years.day(year.days)}, {text.years.word(year.words)}
        </p>
      </div>
      {parts.map((row) => (
        <YearRow key={row.from} year={year} row={row} columns={columnsOf(rows)} width={width} onMonth={onMonth} />
      ))}
    </section>
  );
});

function YearRow({ year, row, columns, width, onMonth }: { year: Year; row: Row; columns: number; width: number; onMonth: (month: string) => void }) {
  const [, go] = useLocation();
  const [hover, setHover] = useState<{ date: string; x: number; y: number } | null>(null);
  const now = today();
  const paths = useMemo(() => draw(year, row, now), [year, row, now]);
  const unit = width / columns;

  const dateOf = (event: PointerEvent<SVGElement> | React.MouseEvent<SVGElement>) => {
    const at = event.currentTarget.getBoundingClientRect();
    const column = Math.floor((event.clientX - at.left) / (at.width / columns));
    const line = Math.floor((event.clientY - at.top) / (at.height / 7));
    const day = row.from + column * 7 + line - row.gap;
    return day >= row.from && day < row.to ? { date: dateAt(year.year, day), column, line } : null;
  };

  const onMove = (event: PointerEvent<SVGElement>) => {
    const at = event.pointerType === "mouse" ? dateOf(event) : null;
    if (!at) setHover(null);
    else if (at.date !== hover?.date) setHover({ date: at.date, x: (at.column + 0.5) * unit, y: at.line * unit });
  };
  // A finger is wider than a day on a phone: there, it opens the month.
  const onClick = (event: React.MouseEvent<SVGElement>) => {
    const at = dateOf(event);
    if (!at) return;
    if (unit < 24 && matchMedia("(pointer: coarse)").matches) onMonth(at.date.slice(0, 7));
    else if (at.date <= now) go(dayPath(at.date));
  };

  const shown = hover && year.byDay[ordinal(hover.date)];
  return (
    <>
      <div className="year-months">
        {row.months.map((i) => {
          const month = dayOf(year.year, i + 1, 1).slice(0, 7);
          const column = Math.floor((ordinal(`${month}-01`) - row.from + row.gap) / 7);
          return (
            <button key={month} type="button" style={{ left: `${(column / columns) * 100}%` }} onClick={() => onMonth(month)} aria-label={`${monthName(month)}, ${text.years.day(year.months[i] ?? 0)}`}>
              {shortMonth(month)}
            </button>
          );
        })}
      </div>
      <div className="year-map">
        <svg viewBox={`0 0 ${columns} 7`} style={{ aspectRatio: `${columns} / 7` }} aria-hidden onPointerMove={onMove} onPointerLeave={() => setHover(null)} onClick={onClick}>
          {paths.map((path, level) => path && <path key={level} className={`level-${level}`} d={path} />)}
        </svg>
        {hover && (
          <div className="tooltip year-tip" style={{ left: hover.x, top: hover.y }}>
            {shortDay(hover.date)}
            {shown ? ` · ${text.years.word(shown.words)}${shown.pages ? ` · ${text.years.page(shown.pages)}` : ""}` : hover.date > now ? "" : text.years.empty}
          </div>
        )}
      </div>
    </>
  );
}

/** draw makes one path of the days of each level, 0 to 4, and one of today. */
function draw(year: Year, row: Row, now: string): string[] {
  const parts: string[][] = [[], [], [], [], [], []];
  const placeOf = (day: number) => day - row.from + row.gap;
  for (let day = row.from; day < row.to; day++) {
    const place = placeOf(day);
    parts[year.levels[day] ?? 0]?.push(`M${Math.floor(place / 7) + 0.1} ${(place % 7) + 0.1}h${side}v${side}h-${side}z`);
  }
  const today = now.startsWith(`${year.year}-`) ? ordinal(now) : -1;
  if (today >= row.from && today < row.to) parts[5]?.push(`M${Math.floor(placeOf(today) / 7) + 0.06} ${(placeOf(today) % 7) + 0.06}h0.88v0.88h-0.88z`);
  return parts.map((list) => list.join(""));
}

/** Legend says what the shades mean. */
export function Legend({ written }: { written: Written }) {
  return (
    <p className="years-legend hint">
      <span>
        {text.years.dayWord(written.days, written.words, written.years.length)}
      </span>
      <span className="years-scale" aria-hidden>
        {text.years.less} <i className="level-0" /><i className="level-1" /><i className="level-2" /><i className="level-3" /><i className="level-4" /> {text.years.more}
      </span>
    </p>
  );
}
