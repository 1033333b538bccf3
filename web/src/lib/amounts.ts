import { count, locale } from "./dates";
import { words } from "./words";

/** money formats an amount in the user's locale, rounded up. An unknown currency code follows the amount. */
export function money(amount: number, currency: string | null): string {
  try {
    return new Intl.NumberFormat(locale, { style: "currency", currency: currency ?? "" }).format(Math.max(0, Math.ceil(amount * 100 - 1e-6)) / 100);
  } catch {
    return `${count(Math.round(amount * 100) / 100)} ${currency ?? ""}`.trim();
  }
}

/** duration formats a duration in words, rounded: "6 minutes", "2 hours 10 minutes". */
export function duration(seconds: number): string {
  if (seconds < 60) return words.amounts.second(Math.max(Math.ceil(seconds), 1));
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return words.amounts.minute(minutes);
  const hours = Math.floor(minutes / 60);
  return minutes % 60 === 0 || hours >= 10 ? words.amounts.hour(hours) : `${words.amounts.hour(hours)} ${words.amounts.minute(minutes % 60)}`;
}

const units: [Intl.RelativeTimeFormatUnit, number][] = [["day", 86_400], ["hour", 3_600], ["minute", 60]];

/** ago says how long ago an ISO time was: "3 hours ago". */
export function ago(time: string): string {
  const seconds = Math.max(0, (Date.now() - new Date(time).getTime()) / 1000);
  const format = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  for (const [unit, length] of units) {
    if (seconds >= length) return format.format(-Math.floor(seconds / length), unit);
  }
  return format.format(0, "second");
}

/** brief formats a number in little room: "12K". */
export const brief = (n: number) => new Intl.NumberFormat(locale, { notation: "compact" }).format(n);
