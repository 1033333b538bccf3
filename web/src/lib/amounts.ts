import { count, many } from "./dates";

/** money formats an amount in the user's locale, rounded up. An unknown currency code follows the amount. */
export function money(amount: number, currency: string | null): string {
  try {
    return new Intl.NumberFormat(navigator.language, { style: "currency", currency: currency ?? "" }).format(Math.ceil(amount * 100 - 1e-6) / 100);
  } catch {
    return `${count(Math.round(amount * 100) / 100)} ${currency ?? ""}`.trim();
  }
}

/** duration formats a duration in words, rounded: "6 minutes", "2 hours 10 minutes". */
export function duration(seconds: number): string {
  if (seconds < 60) return many(Math.max(Math.ceil(seconds), 1), "second");
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return many(minutes, "minute");
  const hours = Math.floor(minutes / 60);
  return minutes % 60 === 0 || hours >= 10 ? many(hours, "hour") : `${many(hours, "hour")} ${many(minutes % 60, "minute")}`;
}
