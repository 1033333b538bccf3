import { useId, type ReactNode } from "react";
import "./segmented.css";

interface Props<T extends string> {
  /** The label; visible only with showLabel. */
  label: string;
  showLabel?: boolean;
  value: T;
  onChange: (value: T) => void;
  options: readonly { value: T; label: ReactNode; disabled?: boolean }[];
}

/** Segmented is a radio group that shows all options in a row. */
export function Segmented<T extends string>({ label, showLabel, value, onChange, options }: Props<T>) {
  const name = useId();
  return (
    <fieldset className="segmented">
      <legend className={showLabel ? "label" : "visually-hidden"}>{label}</legend>
      <div className="segments">
        {options.map((option) => (
          <label key={option.value} className="segment">
            <input type="radio" name={name} value={option.value} checked={option.value === value} disabled={option.disabled} onChange={() => onChange(option.value)} />
            <span>{option.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
