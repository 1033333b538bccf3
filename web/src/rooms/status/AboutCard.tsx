import { at } from "../../lib/base";
import { useSession } from "../../lib/session";
import { Card } from "./Card";

/** AboutCard says what this is. */
export function AboutCard() {
  const { data: session } = useSession();
  return (
    <Card title="Daybook" wide>
      <dl className="facts">
        <div>
          <dt>Version</dt>
          <dd>{session?.version ?? "…"}</dd>
        </div>
      </dl>
      <ul role="list" className="about-links">
        <li>
          <a href={at("/docs")}>API reference</a>
        </li>
        <li>
          <a href={at("/assets/licenses.txt")}>Open-source licences</a>
        </li>
      </ul>
    </Card>
  );
}
