import { useSyncExternalStore } from "react";
import type { Answer } from "../../lib/answers";
import { Button } from "../../ui/Button";
import { Note, Skeleton } from "../../ui/States";
import { words } from "./words";

/** Starting is a question whose answer cannot be shown yet, as what shows answers is not loaded. */
export function Starting({ answer, onWithdraw }: { answer: Answer; onWithdraw: (query: string) => void }) {
  const { waiting } = useSyncExternalStore(answer.subscribe, answer.snapshot);
  const query = answer.question?.query ?? "";
  return (
    <>
      <div className="asked" role="group" aria-label={words.composer.label}>
        <h2 className="asked-text" dir="auto">{query}</h2>
      </div>
      <article className="answer" aria-label={words.answer} aria-busy>
        {waiting ? <Waiting onWithdraw={() => onWithdraw(query)} /> : <Skeleton lines={3} label={words.loading} />}
      </article>
    </>
  );
}

/** Waiting says that the server has not received the question. */
export function Waiting({ onWithdraw }: { onWithdraw?: () => void }) {
  return (
    <Note role="status" tone="warn" actions={onWithdraw && <Button small onClick={onWithdraw}>{words.withdraw}</Button>}>
      {words.waiting}
    </Note>
  );
}
