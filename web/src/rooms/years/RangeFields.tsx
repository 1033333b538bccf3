import { X } from "lucide-react";
import { useId } from "react";
import { count } from "../../lib/dates";
import { useTags } from "../../lib/entries";
import { words } from "./words";

/** Range is which notes are looked at: from a day to a day, and with all of these tags. Empty is open. */
export interface Range {
  from: string;
  to: string;
  tags: readonly string[];
}

export const everything: Range = { from: "", to: "", tags: [] };

/** RangeFields narrow what is looked at. */
export function RangeFields({ value, onChange, tagsOnly }: { value: Range; onChange: (next: Range) => void; tagsOnly?: boolean }) {
  const id = useId();
  const tags = <TagField value={value.tags} onChange={(next) => onChange({ ...value, tags: next })} />;
  if (tagsOnly) return tags;
  return (
    <div className="range-fields">
      <div>
        <label className="label" htmlFor={`${id}from`}>
          {words.range.from}
        </label>
        <input id={`${id}from`} type="date" className="field" value={value.from} max={value.to || undefined} onChange={(event) => onChange({ ...value, from: event.target.value })} />
      </div>
      <div>
        <label className="label" htmlFor={`${id}to`}>
          {words.range.to}
        </label>
        <input id={`${id}to`} type="date" className="field" value={value.to} min={value.from || undefined} onChange={(event) => onChange({ ...value, to: event.target.value })} />
      </div>
      {tags}
    </div>
  );
}

function TagField({ value, onChange }: { value: readonly string[]; onChange: (tags: string[]) => void }) {
  const id = useId();
  const { data } = useTags();
  const rest = data?.filter(({ tag }) => !value.includes(tag)) ?? [];
  return (
    <div className="only-tags">
      <label className="label" htmlFor={id}>
        {words.range.tags}
      </label>
      <select id={id} className="field" value="" disabled={rest.length === 0} onChange={(event) => event.target.value && onChange([...value, event.target.value])}>
        <option value="">{data?.length === 0 ? words.range.noTags : words.range.addTag}</option>
        {rest.map(({ tag, entries }) => (
          <option key={tag} value={tag}>
            {tag} ({count(entries)})
          </option>
        ))}
      </select>
      {value.length > 0 && (
        <ul role="list" className="row">
          {value.map((tag) => (
            <li key={tag}>
              <button type="button" className="chip" aria-label={words.range.remove(tag)} onClick={() => onChange(value.filter((other) => other !== tag))}>
                {tag} <X aria-hidden size={14} />
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
