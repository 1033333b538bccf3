import { useModels } from "../../lib/models";
import type { ModelRef, Models } from "../../lib/types";
import { words } from "./words";

interface Props {
  id: string;
  value: ModelRef | null;
  onChange: (next: ModelRef) => void;
  describedBy?: string;
}

const join = ({ provider, model }: ModelRef) => JSON.stringify([provider, model]);

/** ModelSelect chooses who reads: what the providers say they have, or no model. */
export function ModelSelect({ id, value, onChange, describedBy }: Props) {
  const { data: checked } = useModels(true);
  const { data: quick } = useModels();
  const models = checked ?? quick;
  return (
    <select
      id={id}
      className="field"
      value={value ? join(value) : ""}
      disabled={!value}
      aria-describedby={describedBy}
      onChange={(event) => {
        const [provider = "", model = ""] = JSON.parse(event.target.value) as string[];
        onChange({ provider, model });
      }}
    >
      {!value && <option value="">…</option>}
      {models?.providers.map((provider) => (
        <optgroup key={provider.name} label={provider.name === "offline" ? words.modelSelect.noModel : `${provider.name}${provider.ok === false ? words.modelSelect.unavailable : ""}`}>
          {namesOf(provider, models, value).map((model) => (
            <option key={model} value={join({ provider: provider.name, model })}>
              {provider.name === "offline" ? words.modelSelect.offline : model}
            </option>
          ))}
        </optgroup>
      ))}
    </select>
  );
}

function namesOf(provider: Models["providers"][number], models: Models, value: ModelRef | null): string[] {
  if (provider.name === "offline") return [""];
  const names = new Set(provider.models);
  for (const ref of [models.default, value]) if (ref?.provider === provider.name && ref.model) names.add(ref.model);
  return [...names];
}
