import { FileDown } from "lucide-react";
import { at } from "../../lib/base";
import { Card } from "./Card";
import { words } from "./words";

/** ExportCard offers everything as one file that can be read without Daybook. */
export function ExportCard() {
  return (
    <Card title={words.exporting.export} wide>
      <p className="hint">{words.exporting.about}</p>
      <div>
        <a className="button" href={at("/export")} download>
          <FileDown aria-hidden /> {words.exporting.exportEverything}
        </a>
      </div>
    </Card>
  );
}
