import { useMemo } from "react";
import { dayOf } from "../../lib/dates";
import { useDays, type Day } from "../../lib/entries";

/** Year is a year that has days, with what its heat map is drawn from. */
export interface Year {
  year: number;
  days: number;
  words: number;
  /** The days of it that have a note, by their number in the year from 0: 1 to 4 by how much was written. */
  levels: Uint8Array;
  byDay: (Day | undefined)[];
  /** How many days of each month have a note. */
  months: number[];
}

export interface Written {
  years: Year[];
  day: (date: string) => Day | undefined;
  /** 0 for a day without a note, else 1 to 4. */
  level: (date: string) => number;
  first: string | null;
  last: string | null;
  days: number;
  words: number;
}

/** useWritten is when what was written, the latest year first. */
export function useWritten() {
  const query = useDays();
  const written = useMemo(() => query.data && index(query.data.days, query.data.first, query.data.last), [query.data]);
  return { ...query, written };
}

/** ordinal is a day's number in its year, from 0. */
export function ordinal(date: string): number {
  const at = (text: string) => Date.parse(`${text}T00:00:00Z`);
  return Math.round((at(date) - at(`${date.slice(0, 4)}-01-01`)) / 86_400_000);
}

/** daysIn counts the days of a year. */
export const daysIn = (year: number) => (new Date(Date.UTC(year, 1, 29)).getUTCMonth() === 1 ? 366 : 365);

/** dateAt is the day with that number in a year. */
export function dateAt(year: number, day: number): string {
  const date = new Date(Date.UTC(year, 0, 1 + day));
  return dayOf(year, date.getUTCMonth() + 1, date.getUTCDate());
}

function index(days: Day[], first: string | null, last: string | null): Written {
  const sizes = days.map((day) => day.words).sort((a, b) => a - b);
  const quarter = (n: number) => sizes[Math.floor((sizes.length * n) / 4)] ?? 0;
  const limits = [quarter(1), quarter(2), quarter(3)];
  const levelOf = (words: number) => 1 + limits.filter((limit) => words > limit).length;
  const years = new Map<number, Year>();
  let words = 0;
  let total = 0;
  for (const day of days) {
    const number = Number(day.date.slice(0, 4));
    let year = years.get(number);
    if (!year) years.set(number, (year = { year: number, days: 0, words: 0, levels: new Uint8Array(366), byDay: [], months: Array(12).fill(0) as number[] }));
    const at = ordinal(day.date);
    // A note without words or pages is no day on which something was written.
    const counts = day.words > 0 || day.pages > 0;
    if (counts) year.days++;
    year.words += day.words;
    year.levels[at] = levelOf(day.words);
    year.byDay[at] = day;
    const month = Number(day.date.slice(5, 7)) - 1;
    if (counts) year.months[month] = (year.months[month] ?? 0) + 1;
    if (counts) total++;
    words += day.words;
  }
  const at = (date: string) => years.get(Number(date.slice(0, 4)));
  return {
    years: [...years.values()].sort((a, b) => b.year - a.year),
    day: (date) => at(date)?.byDay[ordinal(date)],
    level: (date) => at(date)?.levels[ordinal(date)] ?? 0,
    first, last, days: total, words,
  };
}
