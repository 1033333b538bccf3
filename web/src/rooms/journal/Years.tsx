import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { memo, useLayoutEffect, useMemo, useRef, useState, type PointerEvent } from "react";
import { useLocation } from "wouter";
import { dayOf, monthName, shortDay, shortMonth, today } from "../../lib/dates";
import { dayPath } from "../../lib/links";
import { dateAt, daysIn, firstColumnGap, ordinal, type Written, type Year } from "./days";
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

  // A map is 54 weeks of 7 days, as a leap year may touch so many, below a line for its name and one for its months.
  const rem = useMemo(() => parseFloat(getComputedStyle(document.documentElement).fontSize), [box.width]);
  const height = Math.ceil((box.width * 7) / weeks + 6 * rem);
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
            <YearMap year={year} width={box.width} onMonth={onMonth} />
            {older && older.year < year.year - 1 && <p className="year-gap">{text.years.emptyYears(older.year + 1, year.year - 1)}</p>}
          </li>
        );
      })}
    </ol>
  );
}

const weeks = 54;
const side = 0.8; // of a day's square, whose place is 1

const YearMap = memo(function YearMap({ year, width, onMonth }: { year: Year; width: number; onMonth: (month: string) => void }) {
  const [, go] = useLocation();
  const [hover, setHover] = useState<{ date: string; x: number; y: number } | null>(null);
  const now = today();
  const gap = firstColumnGap(year.year);
  const paths = useMemo(() => draw(year, gap, now), [year, gap, now]);
  const unit = width / weeks;

  const dateOf = (event: PointerEvent<SVGElement> | React.MouseEvent<SVGElement>) => {
    const at = event.currentTarget.getBoundingClientRect();
    const column = Math.floor((event.clientX - at.left) / (at.width / weeks));
    const row = Math.floor((event.clientY - at.top) / (at.height / 7));
    const day = column * 7 + row - gap;
    return day >= 0 && day < daysIn(year.year) ? { date: dateAt(year.year, day), column, row } : null;
  };

  const onMove = (event: PointerEvent<SVGElement>) => {
    const at = event.pointerType === "mouse" ? dateOf(event) : null;
    if (!at) setHover(null);
    else if (at.date !== hover?.date) setHover({ date: at.date, x: (at.column + 0.5) * unit, y: at.row * unit });
  };
  // A finger is wider than a day on a phone: there, it opens the month.
  const onClick = (event: React.MouseEvent<SVGElement>) => {
    const at = dateOf(event);
    if (!at) return;
    if (unit < 14 && matchMedia("(pointer: coarse)").matches) onMonth(at.date.slice(0, 7));
    else if (at.date <= now) go(dayPath(at.date));
  };

  const shown = hover && year.byDay[ordinal(hover.date)];
  return (
    <section aria-label={`${year.year}`}>
      <div className="year-head">
        <h2>{year.year}</h2>
        <p className="hint">
          {text.years.day(year.days)}, {text.years.word(year.words)}
        </p>
      </div>
      <div className="year-months">
        {year.months.map((days, i) => {
          const month = dayOf(year.year, i + 1, 1).slice(0, 7);
          const column = Math.floor((ordinal(`${month}-01`) + gap) / 7);
          return (
            <button key={month} type="button" style={{ left: `${(column / weeks) * 100}%` }} onClick={() => onMonth(month)} aria-label={`${monthName(month)}, ${text.years.day(days)}`}>
              {width < 520 ? shortMonth(month).slice(0, 1) : shortMonth(month)}
            </button>
          );
        })}
      </div>
      <div className="year-map">
        <svg viewBox={`0 0 ${weeks} 7`} aria-hidden onPointerMove={onMove} onPointerLeave={() => setHover(null)} onClick={onClick}>
          {paths.map((path, level) => path && <path key={level} className={`level-${level}`} d={path} />)}
        </svg>
        {hover && (
          <div className="tooltip year-tip" style={{ left: hover.x, top: hover.y }}>
            {shortDay(hover.date)}
            {shown ? ` · ${text.years.word(shown.words)}${shown.pages ? ` · ${text.years.page(shown.pages)}` : ""}` : hover.date > now ? "" : text.years.empty}
          </div>
        )}
      </div>
    </section>
  );
});

/** draw makes one path of the days of each level, 0 to 4, and one of today. */
function draw(year: Year, gap: number, now: string): string[] {
  const parts: string[][] = [[], [], [], [], [], []];
  for (let day = 0; day < daysIn(year.year); day++) {
    const level = year.levels[day] ?? 0;
    const place = day + gap;
    const square = `M${Math.floor(place / 7) + 0.1} ${(place % 7) + 0.1}h${side}v${side}h-${side}z`;
    parts[level]?.push(square);
  }
  if (now.startsWith(`${year.year}-`)) {
    const place = ordinal(now) + gap;
    parts[5]?.push(`M${Math.floor(place / 7) + 0.06} ${(place % 7) + 0.06}h0.88v0.88h-0.88z`);
  }
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
