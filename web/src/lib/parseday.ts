import { addDays, dayOf, isDay, locale, today } from "./dates";

// What a person types to go to a day: "4 June 2019", "June 4", "2019-06-04",
// "4/6/19" in the order of the locale, "yesterday", "June 2019".

const plain = (text: string) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/** Month names in the person's language and in English, by their first letters. */
const months = [...new Set([locale, "en"])].flatMap((language) =>
  Array.from({ length: 12 }, (_, i) => ({ month: i + 1, name: plain(new Intl.DateTimeFormat(language, { month: "long", timeZone: "UTC" }).format(Date.UTC(2023, i, 15))) })),
);

function monthOf(word: string): number {
  return word.length < 3 ? 0 : (months.find(({ name }) => name.startsWith(word))?.month ?? 0);
}

/** dayFirst reports whether the locale writes the day before the month. */
const dayFirst = (() => {
  const order = new Intl.DateTimeFormat(locale, { day: "numeric", month: "numeric", year: "numeric" }).formatToParts(0).map((part) => part.type);
  return order.indexOf("day") < order.indexOf("month");
})();

/** parseDay returns the day that a text names, "" for none. A day without a year is the last one that is not after `now`. */
export function parseDay(text: string, now = today()): string {
  const typed = plain(text).trim();
  const relative = { today: 0, yesterday: -1, tomorrow: 1 }[typed];
  if (relative !== undefined) return addDays(now, relative);
  const numbers = (/^(\d{1,4})[-./ ](\d{1,2})(?:[-./ ](\d{1,4}))?\.?$/.exec(typed) ?? []).slice(1).map(Number);
  if (numbers.length > 0) return ofNumbers(numbers as [number, number, number], typed, now);
  const words = typed.replace(/(\d)(?:st|nd|rd|th)\b/g, "$1").split(/[\s,./-]+/).filter((word) => word && word !== "of" && word !== "de");
  const month = words.map(monthOf).find((n) => n > 0);
  const rest = words.filter((word) => monthOf(word) === 0);
  if (!month || rest.length === 0 || rest.length > 2 || rest.some((word) => !/^\d{1,4}$/.test(word))) return "";
  const year = rest.find((word) => word.length > 2);
  const day = rest.find((word) => word !== year);
  return made(year ? Number(year) : null, month, day ? Number(day) : 1, now);
}

function ofNumbers([a, b, c]: [number, number, number], typed: string, now: string): string {
  if (/^\d{3}/.test(typed)) return Number.isNaN(c) ? made(a, b, 1, now) : made(a, b, c, now);
  if (a > 31 || Number.isNaN(a)) return "";
  const [day, month] = (dayFirst && b <= 12) || a > 12 ? [a, b] : [b, a];
  return made(Number.isNaN(c) ? null : c < 100 ? 2000 + c : c, month, day, now);
}

function made(year: number | null, month: number, day: number, now: string): string {
  const exists = (y: number) => {
    const date = dayOf(y, month, day);
    return isDay(date) ? date : "";
  };
  if (year !== null) return exists(year);
  const date = exists(Number(now.slice(0, 4)));
  return date && date <= now ? date : exists(Number(now.slice(0, 4)) - 1);
}
