import { Link } from "wouter";
import { setupPath } from "../../lib/links";
import { useSession } from "../../lib/session";
import { longDay, today } from "../../lib/dates";

const ofDemo = ["When did I swim in the sea for the first time?", "How often was I in the sea in 2024?", "What did Ursula teach me?", "How did I feel about Dad that winter?"];
const ofAny = ["What did I do this time last year?", "What was on my mind lately?", "When did I first mention a friend by name?", "Which days was I happiest in spring?"];

/** Welcome is a conversation that has not begun: what day it is, and what one might ask. */
export function Welcome({ onPick }: { onPick: (query: string) => void }) {
  const { data: session } = useSession();
  return (
    <div className="welcome">
      <p className="welcome-day">{longDay(today())}</p>
      <p className="welcome-title" aria-hidden>
        What would you like to remember?
      </p>
      {session?.demo && (
        <p className="hint">
          This is a demo: the journal of somebody who never was. {session.setup && <Link href={setupPath}>Open your own</Link>}
        </p>
      )}
      <ul role="list" className="welcome-picks" aria-label="Questions to begin with">
        {(session?.demo ? ofDemo : ofAny).map((query) => (
          <li key={query}>
            <button type="button" onClick={() => onPick(query)}>
              {query}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
