import { CircleAlert, Plus, Trash2, TriangleAlert } from "lucide-react";
import { useState } from "react";
import type { Schemas } from "../../lib/api";
import { at } from "../../lib/base";
import { isDay, today } from "../../lib/dates";
import { IconButton } from "../../ui/Button";
import { doubts, sources, stages } from "./words";
import { words as text } from "./words";

export type NotebookPage = Schemas["NotebookPageJSON"];

interface Props {
  page: NotebookPage;
  onDates: (dates: string[]) => void;
  /** Undefined for a page that cannot be removed here any more. */
  onRemove?: () => void;
  onLook: () => void;
}

/** PageRow is a page of the list that is confirmed: its picture, its dates and its first words. */
export function PageRow({ page, onDates, onRemove, onLook }: Props) {
  const [more, setMore] = useState(false);
  const dates = page.dates.length > 0 ? page.dates : [""];
  const shown = more ? [...dates, ""] : dates;
  const change = (i: number, day: string) => {
    const next = [...dates];
    if (day) next[i] = day;
    else next.splice(i, 1);
    setMore(false);
    onDates(next.filter(isDay));
  };
  return (
    <li className="nb-row" data-doubt={page.doubts.length > 0 || undefined} id={`page-${page.id}`}>
      <button type="button" className="nb-thumb" aria-label={text.pageRow.viewPage(page.number)} onClick={onLook}>
        <img src={`${at(page.image)}?longest=240`} alt="" loading="lazy" decoding="async" width={72} height={96} />
      </button>
      <div className="nb-what">
        <div className="nb-dates">
          <span className="nb-number">{page.number}</span>
          {shown.map((day, i) => (
            <DayField key={i} day={day} label={shown.length > 1 ? text.pageRow.oneDayOfPage(i + 1, page.number) : text.pageRow.dayOfPage(page.number)} onChange={(next) => change(i, next)} />
          ))}
          {!more && page.dates.length > 0 && (
            <IconButton label={text.pageRow.addDayPage(page.number)} small onClick={() => setMore(true)}>
              <Plus aria-hidden />
            </IconButton>
          )}
        </div>
        <p className="hint">
          {sources[page.date_from]}
          {page.written && page.date_from !== "continued" && <>: “{page.written}”</>}
        </p>
        {page.doubts.length > 0 && (
          <p className="nb-doubt">
            <TriangleAlert aria-hidden /> {page.doubts.map((doubt) => doubts[doubt] ?? doubt).join(". ")}
          </p>
        )}
        {page.words ? <p className="nb-words">{page.words}</p> : <p className="hint">{page.blank ? text.pageRow.blankPage : stages[page.stage]}</p>}
        {page.stage === "failed" && (
          <p className="nb-failed">
            <CircleAlert aria-hidden /> {page.error}
          </p>
        )}
      </div>
      {onRemove && (
        <IconButton label={text.pageRow.removePage(page.number)} small onClick={onRemove}>
          <Trash2 aria-hidden />
        </IconButton>
      )}
    </li>
  );
}

/** DayField sends a date once it is whole: fields of a date change with every digit. */
function DayField({ day, label, onChange }: { day: string; label: string; onChange: (day: string) => void }) {
  const [typed, setTyped] = useState<string | null>(null);
  const value = typed ?? day;
  const done = () => {
    if (typed !== null && typed !== day && (typed === "" || isDay(typed))) onChange(typed);
    setTyped(null);
  };
  return (
    <input
      className="field"
      type="date"
      aria-label={label}
      value={value}
      max={today()}
      onChange={(event) => setTyped(event.target.value)}
      onBlur={done}
      onKeyDown={(event) => event.key === "Enter" && done()}
    />
  );
}
