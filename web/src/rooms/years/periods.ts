import { monthName } from "../../lib/dates";
import type { Period } from "./types";

/** By is what days are counted by. */
export type By = "month" | "year";

/** indexOf numbers the periods one after the other: YYYY-MM by months, YYYY by years. */
export function indexOf(period: string, by: By): number {
  const year = Number(period.slice(0, 4));
  return by === "year" ? year : year * 12 + Number(period.slice(5, 7)) - 1;
}

/** periodOf is the period of a number that indexOf gave. */
export function periodOf(index: number, by: By): string {
  const year = String(by === "year" ? index : Math.floor(index / 12)).padStart(4, "0");
  return by === "year" ? year : `${year}-${String((index % 12) + 1).padStart(2, "0")}`;
}

/** nameOf is how a period is called: "May 2023", "2023". */
export const nameOf = (period: string) => (period.length > 4 ? monthName(period) : String(Number(period)));

/** daysOf is the first and the last day of a period. */
export function daysOf(period: string): { from: string; to: string } {
  if (period.length === 4) return { from: `${period}-01-01`, to: `${period}-12-31` };
  const last = new Date(Date.UTC(Number(period.slice(0, 4)), Number(period.slice(5, 7)), 0, 12)).getUTCDate();
  return { from: `${period}-01`, to: `${period}-${last}` };
}

/** filled is every period from the first to the last that is given; those in between are null. */
export function filled<T extends { period: string }>(points: readonly T[], by: By): { period: string; point: T | null }[] {
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last) return [];
  const known = new Map(points.map((point) => [point.period, point]));
  const start = indexOf(first.period, by);
  return Array.from({ length: indexOf(last.period, by) - start + 1 }, (_, i) => {
    const period = periodOf(start + i, by);
    return { period, point: known.get(period) ?? null };
  });
}

/** yearPeriod is a year as a period. */
export function yearPeriod(year: number): Period {
  const name = String(year).padStart(4, "0");
  return { from: `${name}-01-01`, to: `${name}-12-31` };
}
