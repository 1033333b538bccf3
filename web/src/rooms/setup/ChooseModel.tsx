import { Cpu, KeyRound, WifiOff } from "lucide-react";
import { useId, useState, type FormEvent } from "react";
import { change, keyOf, modelsOf, putProvider, shortModel, suggested, useLocalServers, useSettings, type LocalServer } from "../../lib/settings";
import { Button } from "../../ui/Button";
import { ErrorNote } from "../../ui/States";
import { words } from "./words";

/** ChooseModel is the first choice of what answers: a server of this machine, a provider with a key, or none. */
export function ChooseModel({ onDone }: { onDone: () => void }) {
  const settings = useSettings();
  const allowed = settings.data?.allowed ?? false;
  const local = useLocalServers(allowed);
  if (!allowed) return null;
  const servers = local.data?.servers.filter((server) => server.models.length > 0) ?? [];
  return (
    <section className="setup-model stack" aria-labelledby="setup-model">
      <h2 id="setup-model">{words.chooseModel.title}</h2>
      {servers.map((server) => (
        <UseLocal key={server.base_url} server={server} onDone={onDone} />
      ))}
      <PasteKey onDone={onDone} />
      <div>
        <Button onClick={onDone}>
          <WifiOff aria-hidden /> {words.chooseModel.stayOffline}
        </Button>
        <p className="hint">{words.chooseModel.offlineDetail}</p>
      </div>
    </section>
  );
}

function UseLocal({ server, onDone }: { server: LocalServer; onDone: () => void }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const model = suggested(server.models) ?? "";

  async function use() {
    setBusy(true);
    setError(null);
    try {
      if (!server.known) await putProvider(server.name, { base_url: server.base_url });
      await change({ model_chat: `${server.name}/${model}` });
      onDone();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  }

  return (
    <div>
      <Button look="primary" busy={busy} onClick={() => void use()}>
        <Cpu aria-hidden /> {words.chooseModel.useLocal(shortModel(model), server.label)}
      </Button>
      {error !== null && <ErrorNote error={error} />}
    </div>
  );
}

function PasteKey({ onDone }: { onDone: () => void }) {
  const id = useId();
  const [key, setKey] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const known = keyOf(key);

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (!known) return;
    setBusy(true);
    setError(null);
    try {
      await putProvider(known.provider, { key, ...(known.base_url && { base_url: known.base_url }) });
      const { models, error: why } = await modelsOf(known.provider);
      const model = suggested(models);
      if (!model) throw new Error(why ?? `${known.label} lists no models. Choose one in Settings.`);
      await change({ model_chat: `${known.provider}/${model}` });
      onDone();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  }

  return (
    <form onSubmit={(event) => void submit(event)}>
      <label className="label" htmlFor={id}>
        {words.chooseModel.pasteKey}
      </label>
      <div className="setup-key">
        <input id={id} className="field" type="password" autoComplete="off" value={key} placeholder="sk-…" aria-describedby={`${id}-hint`} onChange={(event) => setKey(event.target.value)} />
        <Button type="submit" disabled={!known} busy={busy}>
          <KeyRound aria-hidden /> {known ? words.chooseModel.use(known.label) : words.chooseModel.useKey}
        </Button>
      </div>
      <p className="hint" id={`${id}-hint`}>
        {known ? words.chooseModel.sent(known.label) : key.trim().length >= 8 ? words.chooseModel.unknownKey : words.chooseModel.keyHint}
      </p>
      {error !== null && <ErrorNote error={error} />}
    </form>
  );
}
