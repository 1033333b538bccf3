import { useId, useState, type FormEvent } from "react";
import { isDay, plainDay } from "../../lib/dates";
import { change, settingOf, type Settings } from "../../lib/settings";
import { Button, IconButton } from "../../ui/Button";
import { ErrorNote } from "../../ui/States";
import { Trash2 } from "lucide-react";
import { Card } from "../status/Card";
import { words } from "./words";

type Prices = Record<string, { input?: number; output?: number }>;
type Budgets = Record<string, { tokens_per_minute?: number; requests_per_minute?: number }>;

/** PricesCard sets prices and budgets by model. */
export function PricesCard({ settings }: { settings: Settings }) {
  const id = useId();
  const prices = (settingOf(settings, "prices")?.value ?? {}) as Prices;
  const budgets = (settingOf(settings, "budgets")?.value ?? {}) as Budgets;
  const [model, setModel] = useState("");
  const [input, setInput] = useState("");
  const [output, setOutput] = useState("");
  const [tokens, setTokens] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  async function run(changes: Record<string, unknown>) {
    setBusy(true);
    setError(null);
    try {
      await change(changes);
      return true;
    } catch (failure) {
      setError(failure);
      return false;
    } finally {
      setBusy(false);
    }
  }

  async function add(event: FormEvent) {
    event.preventDefault();
    const changes: Record<string, unknown> = {};
    if (input !== "" || output !== "") changes.prices = { [model.trim()]: { ...(input !== "" && { input: Number(input) }), ...(output !== "" && { output: Number(output) }) } };
    if (tokens !== "") changes.budgets = { [model.trim()]: { tokens_per_minute: Number(tokens) } };
    if (!(await run(changes))) return;
    setModel("");
    setInput("");
    setOutput("");
    setTokens("");
  }

  const names = [...new Set([...Object.keys(prices), ...Object.keys(budgets)])].sort();
  return (
    <Card title={words.prices.pricesBudgets}>
      {names.length > 0 && (
        <ul role="list" className="providers">
          {names.map((name) => (
            <li key={name} className="price">
              <span>
                <strong>{name}</strong>{" "}
                {[prices[name] && words.prices.inOut(prices[name].input ?? 0, prices[name].output ?? 0), budgets[name]?.tokens_per_minute && words.prices.tokensMinute(budgets[name].tokens_per_minute)].filter(Boolean).join("; ")}
              </span>
              <IconButton label={words.prices.remove(name)} small busy={busy} onClick={() => void run({ ...(prices[name] && { prices: { [name]: null } }), ...(budgets[name] && { budgets: { [name]: null } }) })}>
                <Trash2 aria-hidden />
              </IconButton>
            </li>
          ))}
        </ul>
      )}
      <form className="stack" onSubmit={(event) => void add(event)}>
        <div>
          <label className="label" htmlFor={`${id}-model`}>
            {words.prices.model}
          </label>
          <input id={`${id}-model`} className="field" required value={model} placeholder="openai/gpt-5-mini" spellCheck={false} onChange={(event) => setModel(event.target.value)} />
        </div>
        <div className="price-fields">
          <Amount id={`${id}-in`} label={words.prices.inputPrice} value={input} onChange={setInput} />
          <Amount id={`${id}-out`} label={words.prices.outputPrice} value={output} onChange={setOutput} />
          <Amount id={`${id}-tokens`} label={words.prices.tokensPerMinute} value={tokens} onChange={setTokens} />
        </div>
        {error !== null && <ErrorNote error={error} />}
        <div>
          <Button type="submit" busy={busy} disabled={model.trim() === "" || (input === "" && output === "" && tokens === "")}>
            {words.prices.save}
          </Button>
        </div>
      </form>
      {settings.prices_of && <p className="hint">{words.prices.listPrices(isDay(settings.prices_of) ? plainDay(settings.prices_of) : settings.prices_of)}</p>}
    </Card>
  );
}

function Amount({ id, label, value, onChange }: { id: string; label: string; value: string; onChange: (value: string) => void }) {
  return (
    <div>
      <label className="label" htmlFor={id}>
        {label}
      </label>
      <input id={id} className="field" type="number" min={0} step="any" value={value} onChange={(event) => onChange(event.target.value)} />
    </div>
  );
}
