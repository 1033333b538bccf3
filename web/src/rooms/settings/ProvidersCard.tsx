import { Check, Plus, Trash2, X } from "lucide-react";
import { useId, useState, type FormEvent } from "react";
import { api, got, type Schemas } from "../../lib/api";
import { modelsOf, putProvider, removeProvider, settingOf, suggested, useLocalServers, type Provider, type Settings } from "../../lib/settings";
import { Button } from "../../ui/Button";
import { ErrorNote } from "../../ui/States";
import { toast } from "../../ui/Toasts";
import { Card } from "../status/Card";
import { words } from "./words";

const labels: Record<string, string> = { openai: "OpenAI", anthropic: "Anthropic", gemini: "Gemini", ollama: "Ollama", lmstudio: "LM Studio", openrouter: "OpenRouter" };

/** ProvidersCard adds, tests and removes providers. */
export function ProvidersCard({ settings }: { settings: Settings }) {
  const local = useLocalServers(settings.allowed);
  const found = local.data?.servers.filter((server) => !server.known) ?? [];
  return (
    <Card title={words.providers.providers} wide>
      <ul role="list" className="providers">
        {settings.providers.map((provider) => (
          <li key={provider.name}>
            <ProviderItem provider={provider} settings={settings} />
          </li>
        ))}
      </ul>
      {found.map((server) => (
        <Found key={server.base_url} name={server.name} label={server.label} url={server.base_url} models={server.models.length} />
      ))}
      <AddServer />
    </Card>
  );
}

function useAction() {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  async function run(action: () => Promise<void>) {
    setBusy(true);
    setError(null);
    try {
      await action();
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  }
  return { busy, error, run };
}

function ProviderItem({ provider, settings }: { provider: Provider; settings: Settings }) {
  const id = useId();
  const { busy, error, run } = useAction();
  const [key, setKey] = useState("");
  const [tests, setTests] = useState<Schemas["ModelTest"][] | null>(null);
  const name = labels[provider.name] ?? provider.name;

  async function test() {
    const { models } = await modelsOf(provider.name);
    const chat = settingOf(settings, "model_chat")?.value;
    const set = typeof chat === "string" && chat.startsWith(`${provider.name}/`) ? chat.slice(provider.name.length + 1) : undefined;
    const answer = await got(api.POST("/settings/test", { body: { provider: provider.name, model: set ?? suggested(models) } }));
    setTests(answer.tests);
  }

  async function save(event: FormEvent) {
    event.preventDefault();
    await run(async () => {
      await putProvider(provider.name, { key });
      setKey("");
      toast(words.providers.keySaved);
    });
  }

  return (
    <div className="stack provider">
      <p>
        <strong>{name}</strong> {provider.base_url && <span className="path">{provider.base_url}</span>}{" "}
        {provider.local && <span className="chip good">{words.providers.onThisMachine}</span>} {!provider.ready && <span className="chip">{words.providers.noKey}</span>}
      </p>
      <div className="provider-actions">
        {!provider.local && (
          <form className="provider-key" onSubmit={(event) => void save(event)}>
            <label className="visually-hidden" htmlFor={id}>
              {words.providers.keyFor(name)}
            </label>
            <input id={id} className="field" type="password" autoComplete="off" value={key} placeholder={provider.has_key ? words.providers.replaceKey : words.providers.pasteKey} onChange={(event) => setKey(event.target.value)} />
            <Button type="submit" small disabled={key.trim() === ""} busy={busy}>
              {words.providers.saveKey}
            </Button>
          </form>
        )}
        {provider.ready && (
          <Button small busy={busy} onClick={() => void run(test)} aria-label={words.providers.testOf(name)}>
            {words.providers.test}
          </Button>
        )}
        {provider.removable && (
          <Button small look="danger" busy={busy} onClick={() => void run(() => removeProvider(provider.name))} aria-label={words.providers.removeOf(name)}>
            <Trash2 aria-hidden /> {words.providers.remove}
          </Button>
        )}
      </div>
      {provider.refuses.length > 0 && <p className="hint">{provider.refuses.join(" ")}</p>}
      {error !== null && <ErrorNote error={error} />}
      {tests && <Tests tests={tests} />}
    </div>
  );
}

function Tests({ tests }: { tests: Schemas["ModelTest"][] }) {
  return (
    <ul role="list" className="tests" aria-label={words.providers.testResults}>
      {tests.map(({ what, ok, message }) => (
        <li key={what} data-ok={ok}>
          {ok ? <Check aria-label={words.providers.works} /> : <X aria-label={words.providers.doesNotWork} />} <span>{message}</span>
        </li>
      ))}
    </ul>
  );
}

function Found({ name, label, url, models }: { name: string; label: string; url: string; models: number }) {
  const { busy, error, run } = useAction();
  return (
    <div className="stack">
      <p>
        {words.providers.running(label, models === 1 ? words.providers.oneModel : words.providers.models(models))}{" "}
        <Button small busy={busy} onClick={() => void run(() => putProvider(name, { base_url: url }))}>
          <Plus aria-hidden /> {words.providers.add(label)}
        </Button>
      </p>
      {error !== null && <ErrorNote error={error} />}
    </div>
  );
}

function AddServer() {
  const id = useId();
  const { busy, error, run } = useAction();
  const [name, setName] = useState("");
  const [url, setURL] = useState("");
  const [key, setKey] = useState("");

  async function add(event: FormEvent) {
    event.preventDefault();
    await run(async () => {
      await putProvider(name.trim().toLowerCase(), { base_url: url.trim(), ...(key.trim() ? { key: key.trim() } : {}) });
      setName("");
      setURL("");
      setKey("");
      toast(words.providers.providerAdded);
    });
  }

  return (
    <details>
      <summary>{words.providers.addAnotherServer}</summary>
      <form className="stack add-server" onSubmit={(event) => void add(event)}>
        <div>
          <label className="label" htmlFor={`${id}-name`}>
            {words.providers.name}
          </label>
          <input id={`${id}-name`} className="field" required pattern="[A-Za-z][A-Za-z0-9\-]*" autoCapitalize="none" value={name} placeholder="openrouter" onChange={(event) => setName(event.target.value)} />
        </div>
        <div>
          <label className="label" htmlFor={`${id}-url`}>
            {words.providers.address}
          </label>
          <input id={`${id}-url`} className="field" type="url" required value={url} placeholder="https://openrouter.ai/api/v1" onChange={(event) => setURL(event.target.value)} />
        </div>
        <div>
          <label className="label" htmlFor={`${id}-key`}>
            {words.providers.key}
          </label>
          <input id={`${id}-key`} className="field" type="password" autoComplete="off" value={key} placeholder={words.providers.optional} onChange={(event) => setKey(event.target.value)} />
        </div>
        {error !== null && <ErrorNote error={error} />}
        <div>
          <Button type="submit" busy={busy}>
            {words.providers.addProvider}
          </Button>
        </div>
      </form>
    </details>
  );
}
