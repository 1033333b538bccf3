import { Plus, X } from "lucide-react";
import { Button, IconButton } from "../../ui/Button";
import { yearPeriod } from "./periods";
import type { Period } from "./types";
import { words } from "./words";

const mostPeriods = 6;

interface Props {
  value: readonly Period[];
  /** Those in which something was written. */
  years: readonly number[];
  onChange: (next: Period[]) => void;
}

/** PeriodFields chooses the times that are compared: whole years, or from a day to a day. */
export function PeriodFields({ value, years, onChange }: Props) {
  const change = (i: number, next: Period) => onChange(value.map((period, n) => (n === i ? next : period)));
  return (
    <div className="period-fields">
      {value.map((period, i) => (
        <fieldset key={i}>
          <legend className="label">{ordinals[i] ?? words.period.period(i + 1)}</legend>
          <label className="visually-hidden" htmlFor={`period-${i}-year`}>
            {words.period.year}
          </label>
          <select id={`period-${i}-year`} className="field" value={yearOf(period, years) ?? ""} onChange={(event) => event.target.value && change(i, yearPeriod(Number(event.target.value)))}>
            <option value="">{words.period.days}</option>
            {years.map((year) => (
              <option key={year} value={year}>
                {year}
              </option>
            ))}
          </select>
          <input type="date" className="field" aria-label={words.period.firstDay} required value={period.from} max={period.to || undefined} onChange={(event) => change(i, { from: event.target.value, to: period.to })} />
          <input type="date" className="field" aria-label={words.period.lastDay} required value={period.to} min={period.from || undefined} onChange={(event) => change(i, { from: period.from, to: event.target.value })} />
          {value.length > 2 && (
            <IconButton label={words.period.remove(i + 1)} small onClick={() => onChange(value.filter((_, n) => n !== i))}>
              <X aria-hidden />
            </IconButton>
          )}
        </fieldset>
      ))}
      {value.length < mostPeriods ? (
        <div className="row">
          <Button look="quiet" small onClick={() => onChange([...value, yearPeriod(years.at(-1) ?? new Date().getFullYear())])}>
            <Plus aria-hidden /> {words.period.add}
          </Button>
          <span className="hint">{words.period.upTo(mostPeriods)}</span>
        </div>
      ) : (
        <p className="hint">{words.period.noMore(mostPeriods)}</p>
      )}
    </div>
  );
}

const ordinals = [words.period.first, words.period.second, words.period.third, words.period.fourth, words.period.fifth, words.period.sixth];

function yearOf({ from, to }: Period, years: readonly number[]): number | undefined {
  return years.find((year) => yearPeriod(year).from === from && yearPeriod(year).to === to);
}
