import { Link } from "wouter";
import { plainDay, longDay, shortDay, shortDayOfYear } from "../lib/dates";
import { dayPath, passagePath } from "../lib/links";

interface Props {
  day: string;
  form?: "long" | "plain" | "short" | "ofYear";
  /** The entry of the day to open, and a passage of it, in code points. */
  entry?: string;
  start?: number;
  end?: number;
  className?: string;
}

/** DayLink shows a day in the user's locale and links to it. */
export function DayLink({ day, form = "plain", entry, start, end, className }: Props) {
  const words = { long: longDay, plain: plainDay, short: shortDay, ofYear: shortDayOfYear }[form](day);
  return (
    <Link href={entry ? passagePath(day, entry, start, end) : dayPath(day)} className={className}>
      <time dateTime={day}>{words}</time>
    </Link>
  );
}
