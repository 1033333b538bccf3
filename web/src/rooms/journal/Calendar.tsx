import { ChevronLeft, ChevronRight } from "lucide-react";
import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { Link } from "wouter";
import { addDays, dayOf, longDay, monthName, shortMonth, today, weekdayIndex, weekdayNames } from "../../lib/dates";
import { dayPath } from "../../lib/links";
import { classes, IconButton } from "../../ui/Button";
import type { Written } from "./days";
import { words as text } from "./words";

interface Props {
  written: Written;
  /** YYYY-MM */
  month: string;
  onMonth: (month: string) => void;
  /** The day that is being read. */
  current?: string;
}

/** Calendar is a month of days, each a way to the day. The arrow keys move through it, and on into the months beside it. */
export function Calendar({ written, month, onMonth, current }: Props) {
  const now = today();
  const grid = useRef<HTMLTableElement>(null);
  const [focus, setFocus] = useState<string | null>(null); // a day that is to be focused
  const [year, number] = [Number(month.slice(0, 4)), Number(month.slice(5, 7))];
  const weeks = weeksOf(month);
  const reachable = (focus?.startsWith(month) && focus) || (current?.startsWith(month) && current) || (now.startsWith(month) && now) || `${month}-01`;

  useEffect(() => {
    if (focus) grid.current?.querySelector<HTMLElement>(`[data-day="${focus}"]`)?.focus();
  }, [focus, month]);

  const onKeyDown = (event: KeyboardEvent) => {
    const day = (event.target as HTMLElement).dataset.day;
    const move = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }[event.key];
    let next: string | null = null;
    if (!day || event.ctrlKey || event.metaKey || event.altKey) return;
    if (move) next = addDays(day, move);
    else if (event.key === "PageUp" || event.key === "PageDown") next = `${shift(month, event.key === "PageUp" ? -1 : 1)}-01`;
    else if (event.key === "Home") next = addDays(day, -weekdayIndex(day));
    else if (event.key === "End") next = addDays(day, 6 - weekdayIndex(day));
    if (!next) return;
    event.preventDefault();
    if (!next.startsWith(month)) onMonth(next.slice(0, 7));
    setFocus(next);
  };

  const years = [...new Set([...written.years.map((y) => y.year), year, Number(now.slice(0, 4))])].sort((a, b) => b - a);
  const days = written.years.find((y) => y.year === year)?.months[number - 1] ?? 0;
  return (
    <section className="calendar" aria-label={text.calendar.calendar(monthName(month))}>
      <div className="calendar-head">
        <IconButton label={text.calendar.previousMonth} small onClick={() => onMonth(shift(month, -1))}>
          <ChevronLeft aria-hidden />
        </IconButton>
        <div className="calendar-choose">
          <select aria-label={text.calendar.month} value={number} onChange={(event) => onMonth(dayOf(year, Number(event.target.value), 1).slice(0, 7))}>
            {Array.from({ length: 12 }, (_, i) => (
              <option key={i} value={i + 1}>
                {shortMonth(dayOf(year, i + 1, 1))}
              </option>
            ))}
          </select>
          <select aria-label={text.calendar.year} value={year} onChange={(event) => onMonth(dayOf(Number(event.target.value), number, 1).slice(0, 7))}>
            {years.map((y) => (
              <option key={y} value={y}>
                {y}
              </option>
            ))}
          </select>
        </div>
        <IconButton label={text.calendar.nextMonth} small onClick={() => onMonth(shift(month, 1))}>
          <ChevronRight aria-hidden />
        </IconButton>
      </div>
      <table ref={grid} role="grid" aria-label={text.calendar.dayWritten(monthName(month), days)} onKeyDown={onKeyDown}>
        <thead>
          <tr>
            {weekdayNames("short").map((name, i) => (
              <th key={i} scope="col">
                {name.slice(0, 2)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeks.map((week) => (
            <tr key={week.find(Boolean)}>
              {week.map((day, i) => (
                <td key={i}>{day && <DayCell day={day} written={written} now={now} current={day === current} reachable={day === reachable} />}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function DayCell({ day, written, now, current, reachable }: { day: string; written: Written; now: string; current: boolean; reachable: boolean }) {
  const level = written.level(day);
  const words = written.day(day)?.words ?? 0;
  const label = `${longDay(day)}${level ? `, ${text.calendar.word(words)}` : text.calendar.nothingWritten}${day === now ? ", today" : ""}`;
  return (
    <Link
      href={dayPath(day)}
      data-day={day}
      className={classes("calendar-day", level > 0 && `level-${level}`, day === now && "today", day > now && "future")}
      aria-current={current ? "date" : undefined}
      aria-label={label}
      tabIndex={reachable ? 0 : -1}
    >
      {Number(day.slice(8))}
    </Link>
  );
}

/** shift moves a month, YYYY-MM, by n months, and not beyond the years 1 to 9999. */
function shift(month: string, n: number): string {
  const at = Math.min(Math.max(Number(month.slice(0, 4)) * 12 + Number(month.slice(5, 7)) - 1 + n, 12), 9999 * 12 + 11);
  return dayOf(Math.floor(at / 12), (at % 12) + 1, 1).slice(0, 7);
}

/** weeksOf are the weeks of a month, with null for the days of others. */
function weeksOf(month: string): (string | null)[][] {
  const first = `${month}-01`;
  const before = weekdayIndex(first);
  const days = new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)), 0, 12)).getUTCDate();
  return Array.from({ length: Math.ceil((before + days) / 7) }, (_, week) =>
    Array.from({ length: 7 }, (_, i) => {
      const day = week * 7 + i - before;
      return day >= 0 && day < days ? addDays(first, day) : null;
    }),
  );
}
