// Days are strings, YYYY-MM-DD, as the API writes them. They have no time zone;
// they are turned into dates at noon UTC to be formatted, and never compared
// with times.

/** locale is the person’s language and region: every date and number is written by it. */
export const locale = typeof navigator === "undefined" ? "en" : navigator.language;

function at(day: string): Date {
  return new Date(`${day}T12:00:00Z`);
}

const formats = new Map<string, Intl.DateTimeFormat>();

function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify(options);
  let made = formats.get(key);
  if (!made) formats.set(key, (made = new Intl.DateTimeFormat(locale, options)));
  return made;
}

/** isDay reports whether text is a day that exists, in the years 1 to 9999. */
export function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !text.startsWith("0000") && !Number.isNaN(at(text).getTime()) && at(text).toISOString().startsWith(text);
}

/** "Thursday, 4 June 2023", in the reader's way. */
export const longDay = (day: string) => format({ dateStyle: "full", timeZone: "UTC" }).format(at(day));
/** "Thu, 4 Jun 2023", where there is little room. */
export const headDay = (day: string) => format({ weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }).format(at(day));
/** "4 June 2023". */
export const plainDay = (day: string) => format({ dateStyle: "long", timeZone: "UTC" }).format(at(day));
/** "4 Jun 2023". */
export const shortDay = (day: string) => format({ dateStyle: "medium", timeZone: "UTC" }).format(at(day));
/** "4 June". */
export const dayOfYear = (day: string) => format({ day: "numeric", month: "long", timeZone: "UTC" }).format(at(day));
/** "4 Jun". */
export const shortDayOfYear = (day: string) => format({ day: "numeric", month: "short", timeZone: "UTC" }).format(at(day));
/** "Thursday". */
export const weekday = (day: string) => format({ weekday: "long", timeZone: "UTC" }).format(at(day));
/** "June 2023" of a day or of YYYY-MM. */
export const monthName = (day: string) => format({ month: "long", year: "numeric", timeZone: "UTC" }).format(at(`${day.slice(0, 7)}-01`));
/** "Jun" of a day or of YYYY-MM. */
export const shortMonth = (day: string) => format({ month: "short", timeZone: "UTC" }).format(at(`${day.slice(0, 7)}-01`));

/** today is the current day in the user's time zone. */
export function today(): string {
  const now = new Date();
  return dayOf(now.getFullYear(), now.getMonth() + 1, now.getDate());
}

/** dayOf formats a day; month counts from 1. */
export function dayOf(year: number, month: number, day: number): string {
  return `${String(year).padStart(4, "0")}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
}

/** addDays moves a day by n days; before the first day that can be written and after the last there is "". */
export function addDays(day: string, n: number): string {
  const date = at(day);
  date.setUTCDate(date.getUTCDate() + n);
  const moved = date.toISOString().slice(0, 10);
  return isDay(moved) ? moved : "";
}

/** 0 for the first day of the week in the user's locale to 6 for the last. */
export function weekdayIndex(day: string): number {
  return (at(day).getUTCDay() - firstWeekday() + 7) % 7;
}

/** firstWeekday is 0 for Sunday, 1 for Monday, by the user's locale. */
export function firstWeekday(): number {
  const of = new Intl.Locale(locale) as Intl.Locale & { getWeekInfo?(): { firstDay: number }; weekInfo?: { firstDay: number } };
  return ((of.getWeekInfo?.() ?? of.weekInfo)?.firstDay ?? 1) % 7;
}

/** weekdayNames are the short names in the locale's order. */
export function weekdayNames(style: "short" | "narrow" = "short"): string[] {
  const sunday = at("2023-01-01");
  return Array.from({ length: 7 }, (_, i) => {
    const date = new Date(sunday);
    date.setUTCDate(sunday.getUTCDate() + i + firstWeekday());
    return format({ weekday: style, timeZone: "UTC" }).format(date);
  });
}

/** "14:05" today, else "4 Jun 2023": of an ISO time, in the reader's zone. */
export function when(time: string): string {
  const date = new Date(time);
  return date.toDateString() === new Date().toDateString() ? timeOf(time) : format({ dateStyle: "medium" }).format(date);
}

/** "14:05": of an ISO time, in the user's time zone. */
export const timeOf = (time: string) => format({ timeStyle: "short" }).format(new Date(time));

/** "4 June 2023 at 14:05": of an ISO time, in the user's time zone. */
export const moment = (time: string) => format({ dateStyle: "long", timeStyle: "short" }).format(new Date(time));

let numbers: Intl.NumberFormat | undefined; // made when it is needed: early.ts has this file too
/** "1,234" in the user's locale. */
export const count = (n: number) => (numbers ??= new Intl.NumberFormat(locale)).format(n);
/** "1 day", "1,234 days". */
export const many = (n: number, one: string, more = `${one}s`) => `${count(n)} ${n === 1 ? one : more}`;

/** dayOfName parses the day in a note's name, such as 06-04-2023 or 2023-06-04; null for other names. */
export function dayOfName(name: string): string | null {
  const american = /^(\d{2})-(\d{2})-(\d{4})\b/.exec(name);
  if (american) {
    const day = `${american[3]}-${american[1]}-${american[2]}`;
    return isDay(day) ? day : null;
  }
  const iso = /^(\d{4}-\d{2}-\d{2})\b/.exec(name);
  return iso?.[1] && isDay(iso[1]) ? iso[1] : null;
}
