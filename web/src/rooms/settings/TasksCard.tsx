import { useId, useState } from "react";
import { change, settingOf, shortModel, type Settings } from "../../lib/settings";
import { useModels } from "../../lib/models";
import { ErrorNote } from "../../ui/States";
import { toast } from "../../ui/Toasts";
import { Card } from "../status/Card";
import { words } from "./words";

interface Task {
  name: string;
  label: string;
  /** The choices that are no provider's. */
  own: { value: string; label: string }[];
  /** Only these models fit. */
  fits?: (model: string) => boolean;
}

const reranks = (model: string) => /re-?rank|cross-?encoder/i.test(model);
const embeds = (model: string) => /embed|minilm|\b(bge|e5|gte)\b/i.test(model) && !reranks(model);
const chats = (model: string) => !embeds(model) && !reranks(model);

const tasks: Task[] = [
  { name: "model_chat", label: words.tasks.answers, own: [{ value: "offline", label: words.tasks.offlineAnswers }], fits: chats },
  { name: "model_intent", label: words.tasks.understandingQuestions, own: [{ value: "", label: words.tasks.sameAnswers }], fits: chats },
  { name: "model_embedding", label: words.tasks.searchMeaning, own: [{ value: "builtin", label: words.tasks.builtIn }, { value: "none", label: words.tasks.noEmbedding }], fits: embeds },
  { name: "model_transcription", label: words.tasks.transcriptionScans, own: [{ value: "", label: words.tasks.none }], fits: chats },
  { name: "model_speech", label: words.tasks.transcriptionRecordings, own: [{ value: "", label: words.tasks.none }], fits: chats },
  { name: "model_rerank", label: words.tasks.ordering, own: [{ value: "", label: words.tasks.builtIn }], fits: reranks },
];

/** TasksCard chooses which model does what. */
export function TasksCard({ settings }: { settings: Settings }) {
  return (
    <Card title={words.tasks.title}>
      <div className="stack">
        {tasks.map((task) => (
          <TaskField key={task.name} task={task} settings={settings} />
        ))}
      </div>
      <p className="hint">{words.tasks.about}</p>
    </Card>
  );
}

function TaskField({ task, settings }: { task: Task; settings: Settings }) {
  const id = useId();
  const { data } = useModels(true);
  const setting = settingOf(settings, task.name);
  const value = typeof setting?.value === "string" ? setting.value : "";
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);

  async function choose(next: string) {
    setBusy(true);
    setError(null);
    try {
      await change({ [task.name]: next === "" ? null : next });
      toast(words.tasks.saved);
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  }

  const groups = (data?.providers ?? [])
    .filter((provider) => provider.name !== "offline" && provider.name !== "builtin")
    .map((provider) => ({ name: provider.name, models: provider.models.filter((model) => task.fits?.(model) ?? true).map((model) => `${provider.name}/${model}`) }))
    .filter((group) => group.models.length > 0);
  const known = task.own.some((own) => own.value === value) || groups.some((group) => group.models.includes(value));
  return (
    <div>
      <label className="label" htmlFor={id}>
        {task.label}
      </label>
      <select id={id} className="field" value={value} disabled={setting?.fixed || busy} onChange={(event) => void choose(event.target.value)}>
        {task.own.map((own) => (
          <option key={own.value} value={own.value}>
            {own.label}
          </option>
        ))}
        {!known && <option value={value}>{value}</option>}
        {groups.map((group) => (
          <optgroup key={group.name} label={group.name}>
            {group.models.map((model) => (
              <option key={model} value={model}>
                {shortModel(model.slice(group.name.length + 1))}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
      {setting?.fixed && <p className="hint">{words.tasks.setBy(setting.from)}</p>}
      {error !== null && <ErrorNote error={error} />}
    </div>
  );
}
