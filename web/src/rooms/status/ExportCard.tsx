import { FileDown } from "lucide-react";
import { at } from "../../lib/base";
import { Card } from "./Card";

/** ExportCard offers everything as one file that can be read without Daybook. */
export function ExportCard() {
  return (
    <Card title="Export" wide>
      <p className="hint">Your notes and scans as they are, and your conversations and analyses as Markdown and JSON, in one zip file. Private notes are included.</p>
      <div>
        <a className="button" href={at("/export")} download>
          <FileDown aria-hidden /> Export everything
        </a>
      </div>
    </Card>
  );
}
