import { useEffect, useId, useState, type FormEvent } from "react";
import { savePrompt, usePrompts, type Prompt } from "../../lib/access";
import { Button } from "../../ui/Button";
import { ErrorNote } from "../../ui/States";
import { toast } from "../../ui/Toasts";
import { Card } from "../status/Card";
import { words } from "./words";

/** PromptsCard shows what the models are told, to be edited and reset. */
export function PromptsCard() {
  const id = useId();
  const { data, error, refetch } = usePrompts(true);
  const [name, setName] = useState("");
  const prompt = data?.prompts.find((one) => one.name === name);
  return (
    <Card title={words.prompts.prompts}>
      {error && <ErrorNote error={error} onRetry={() => void refetch()} />}
      <div>
        <label className="label" htmlFor={id}>
          {words.prompts.task}
        </label>
        <select id={id} className="field" value={name} onChange={(event) => setName(event.target.value)}>
          <option value="">{words.prompts.choose}</option>
          {data?.prompts.map((one) => (
            <option key={one.name} value={one.name}>
              {one.title}
              {one.edited ? words.prompts.edited : ""}
            </option>
          ))}
        </select>
      </div>
      {prompt && <Editor key={prompt.name} prompt={prompt} />}
    </Card>
  );
}

function Editor({ prompt }: { prompt: Prompt }) {
  const id = useId();
  const [text, setText] = useState(prompt.text);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => setText(prompt.text), [prompt.text]);

  async function save(next: string | null) {
    setBusy(true);
    setError(null);
    try {
      await savePrompt(prompt.name, next);
      toast(next === null ? words.prompts.promptReset : words.prompts.promptSaved);
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  }

  return (
    <form
      className="stack"
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        void save(text);
      }}
    >
      <div>
        <label className="label" htmlFor={id}>
          {words.prompts.prompt}
        </label>
        <textarea id={id} className="field prompt-text" rows={14} maxLength={60_000} spellCheck={false} value={text} onChange={(event) => setText(event.target.value)} />
      </div>
      {error !== null && <ErrorNote error={error} />}
      <div className="provider-actions">
        <Button type="submit" look="primary" busy={busy} disabled={text === prompt.text || text.trim() === ""}>
          {words.prompts.save}
        </Button>
        <Button disabled={!prompt.edited || busy} onClick={() => void save(null)}>
          {words.prompts.reset}
        </Button>
      </div>
    </form>
  );
}
