import { at } from "../../lib/base";
import { useSession } from "../../lib/session";
import { Card } from "./Card";
import { words } from "./words";

/** AboutCard says what this is. */
export function AboutCard() {
  const { data: session } = useSession();
  return (
    <Card title="Daybook" wide>
      <dl className="facts">
        <div>
          <dt>{words.program.version}</dt>
          <dd>{session?.version ?? "…"}</dd>
        </div>
      </dl>
      <ul role="list" className="about-links">
        <li>
          <a href={at("/docs")}>{words.program.apiReference}</a>
        </li>
        <li>
          <a href={at("/assets/licenses.txt")}>{words.program.licences}</a>
        </li>
      </ul>
    </Card>
  );
}
