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

/** Flawed lists notes that are read in spite of a flaw, such as front matter that is not YAML. */
export function Flawed({ flawed }: { flawed: Schemas["FlawedJSON"] }) {
  if (flawed.notes === 0) return null;
  const more = flawed.notes - flawed.examples.length;
  return (
    <details className="skipped">
      <summary>{flawed.notes === 1 ? "1 note has a flaw" : `${count(flawed.notes)} notes have flaws`}</summary>
      <ul role="list">
        {flawed.examples.map((file) => (
          <li key={file.file}>
            <span className="path">{file.file}</span>: {file.reason}
          </li>
        ))}
        {more > 0 && <li>and {count(more)} more</li>}
      </ul>
      <p className="hint">They are read all the same, and their files stay as they are.</p>
    </details>
  );
}
