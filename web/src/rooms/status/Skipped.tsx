import type { Schemas } from "../../lib/api";
import { count } from "../../lib/dates";

/** Skipped lists files of the journal that are not read as notes, and says what to do about them. */
export function Skipped({ skipped }: { skipped: Schemas["SkippedJSON"] }) {
  if (skipped.files === 0) return null;
  const more = skipped.files - skipped.examples.length;
  return (
    <details className="skipped">
      <summary>{skipped.files === 1 ? "1 file is not read" : `${count(skipped.files)} files are not read`}</summary>
      <ul role="list">
        {skipped.examples.map((file) => (
          <li key={file.file}>
            <span className="path">{file.file}</span>: {file.reason}
          </li>
        ))}
        {more > 0 && <li>and {count(more)} more</li>}
      </ul>
      <p className="hint">Begin a file’s name with its date to have it read, or name the folder of notes without a day in the settings (evergreen).</p>
    </details>
  );
}
