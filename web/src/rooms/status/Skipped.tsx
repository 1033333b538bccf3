import type { Schemas } from "../../lib/api";
import { words } from "./words";

/** Skipped lists files of the journal that are not read as notes, and says what to do about them. */
export function Skipped({ skipped }: { skipped: Schemas["SkippedJSON"] }) {
  if (skipped.files === 0) return null;
  const more = skipped.files - skipped.examples.length;
  return (
    <details className="skipped">
      <summary>{skipped.files === 1 ? words.skipped.oneFile : words.skipped.files(skipped.files)}</summary>
      <ul role="list">
        {skipped.examples.map((file) => (
          <li key={file.file}>
            <span className="path">{file.file}</span>: {file.reason}
          </li>
        ))}
        {more > 0 && <li>{words.skipped.more(more)}</li>}
      </ul>
      <p className="hint">{words.skipped.filesHint}</p>
    </details>
  );
}

/** Flawed lists notes that are read in spite of a flaw, such as front matter that is not YAML. */
export function Flawed({ flawed }: { flawed: Schemas["FlawedJSON"] }) {
  if (flawed.notes === 0) return null;
  const more = flawed.notes - flawed.examples.length;
  return (
    <details className="skipped">
      <summary>{flawed.notes === 1 ? words.skipped.oneNote : words.skipped.notes(flawed.notes)}</summary>
      <ul role="list">
        {flawed.examples.map((file) => (
          <li key={file.file}>
            <span className="path">{file.file}</span>: {file.reason}
          </li>
        ))}
        {more > 0 && <li>{words.skipped.more(more)}</li>}
      </ul>
      <p className="hint">{words.skipped.notesHint}</p>
    </details>
  );
}
