import { ArrowUp, ChevronDown, Square, Telescope, X } from "lucide-react";
import { useLayoutEffect, useRef, type KeyboardEvent } from "react";
import type { Answer } from "../../lib/answers";
import { modelName, useModels, type Choice } from "../../lib/models";
import type { Models } from "../../lib/types";
import { IconButton } from "../../ui/Button";
import { Menu, MenuChoice, MenuChoices, MenuGroup, MenuItem, MenuLabel } from "../../ui/Menu";

interface Props {
  draft: string;
  onDraft: (draft: string) => void;
  onSubmit: () => void;
  /** The answer that is being given, to be stopped. */
  running: Answer | null;
  choice: Choice | null;
  onChoose: (choice: Choice) => void;
  editing: boolean;
  onCancelEdit: () => void;
}

/** Composer is where a question is written, and who answers it is chosen. */
export function Composer({ draft, onDraft, onSubmit, running, choice, onChoose, editing, onCancelEdit }: Props) {
  const field = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => {
    const area = field.current;
    if (!area) return;
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight}px`;
  }, [draft]);

  const onKeyDown = (event: KeyboardEvent) => {
    // On a phone Enter is a new line: there is a button to send with.
    const sends = event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing && (!matchMedia("(pointer: coarse)").matches || event.ctrlKey || event.metaKey);
    if (!sends) return;
    event.preventDefault();
    if (!running) onSubmit();
  };

  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        if (!running) onSubmit();
      }}
    >
      {editing && (
        <p className="composer-note">
          You are changing an earlier question. It is asked in a new conversation; this one stays.
          <IconButton label="Do not change it" small onClick={onCancelEdit}>
            <X aria-hidden />
          </IconButton>
        </p>
      )}
      <label className="visually-hidden" htmlFor="question">
        Your question
      </label>
      <textarea id="question" ref={field} rows={1} value={draft} placeholder="Ask your journal…" onChange={(event) => onDraft(event.target.value)} onKeyDown={onKeyDown} maxLength={100_000} autoComplete="off" enterKeyHint="send" />
      <div className="composer-tools">
        <ModelMenu choice={choice} onChoose={onChoose} />
        {choice && choice.provider !== "offline" && (
          <button type="button" className="composer-choice" aria-pressed={choice.agent} title="The model looks into the journal itself, in up to five rounds, before it answers" onClick={() => onChoose({ ...choice, agent: !choice.agent })}>
            <Telescope aria-hidden />
            Look around
          </button>
        )}
        <span className="composer-gap" />
        {running ? (
          <button type="button" className="composer-send" aria-label="Stop" title="Stop (Esc)" onClick={() => void running.stop()}>
            <Square aria-hidden />
          </button>
        ) : (
          <button type="submit" className="composer-send" aria-label="Ask" title="Ask (Enter)" disabled={!draft.trim() || !choice}>
            <ArrowUp aria-hidden />
          </button>
        )}
      </div>
    </form>
  );
}

const join = (provider: string, model: string) => JSON.stringify([provider, model]);

function ModelMenu({ choice, onChoose }: { choice: Choice | null; onChoose: (choice: Choice) => void }) {
  const { data, refetch } = useModels(true);
  const { data: quick } = useModels();
  const models = data ?? quick;
  return (
    <Menu
      side="top"
      align="start"
      trigger={
        <button type="button" className="composer-choice" aria-label={`Who answers: ${choice ? modelName(choice) : "not known yet"}`} disabled={!choice}>
          {choice ? modelName(choice) : "…"}
          <ChevronDown aria-hidden />
        </button>
      }
    >
      <MenuChoices
        value={choice ? join(choice.provider, choice.model) : ""}
        onValueChange={(value: string) => {
          const [provider = "", model = ""] = JSON.parse(value) as string[];
          onChoose({ provider, model, agent: choice?.agent ?? false });
        }}
      >
        {models?.providers.map((provider) => (
          <MenuGroup key={provider.name}>
            <MenuLabel>
              {provider.name === "offline" ? "No model" : provider.name}
              {provider.ok === false && " · does not answer"}
            </MenuLabel>
            {namesOf(provider, models, choice).map((model) => (
              <MenuChoice key={model} value={join(provider.name, model)}>
                {provider.name === "offline" ? "Offline: your own words, found and counted" : model}
              </MenuChoice>
            ))}
            {provider.ok === false && provider.error && <p className="menu-error">{provider.error}</p>}
          </MenuGroup>
        ))}
      </MenuChoices>
      {models?.providers.some((p) => p.ok === false) && (
        <MenuItem closeOnClick={false} onClick={() => void refetch()}>
          Ask them again
        </MenuItem>
      )}
    </Menu>
  );
}

/** namesOf are a provider's models, with those that the settings or the choice name though it does not list them. */
function namesOf(provider: Models["providers"][number], models: Models, choice: Choice | null): string[] {
  if (provider.name === "offline") return [provider.models[0] ?? ""];
  const names = new Set(provider.models);
  for (const ref of [models.default, choice]) if (ref?.provider === provider.name && ref.model) names.add(ref.model);
  return [...names];
}
