import { ArrowDown, ArrowUp, ChevronDown, Square, Telescope, X } from "lucide-react";
import { memo, useCallback, useEffect, useImperativeHandle, useLayoutEffect, useRef, useState, useSyncExternalStore, type KeyboardEvent, type Ref } from "react";
import type { Answer } from "../../lib/answers";
import { modelName, useModels, type Choice } from "../../lib/models";
import type { Models } from "../../lib/types";
import { IconButton } from "../../ui/Button";
import { Menu, MenuChoice, MenuChoices, MenuGroup, MenuItem, MenuLabel } from "../../ui/Menu";
import { useDraft } from "./drafts";
import { Conversation } from "./parts";
import { words } from "./words";

interface Props {
  /** The thread that it writes for; undefined for a new one. */
  thread: string | undefined;
  onSubmit: (query: string) => void;
  /** The answer that is being written, to be stopped. */
  running: Answer | null;
  choice: Choice | null;
  onChoose: (choice: Choice) => void;
  editing: boolean;
  onCancelEdit: () => void;
  /** Scrolls to the end, while that is out of view. */
  toEnd: (() => void) | null;
  ref: Ref<ComposerHandle>;
}

/** ComposerHandle fills the field from outside. */
export interface ComposerHandle {
  fill: (text: string) => void;
  focus: () => void;
}

const grows = typeof CSS !== "undefined" && CSS.supports("field-sizing", "content");

/**
 * Composer is where a question is written and its model is chosen. What is
 * typed is its own state, so that a key renders nothing else.
 */
export function Composer({ thread, onSubmit, running, choice, onChoose, editing, onCancelEdit, toEnd, ref }: Props) {
  const [draft, setDraft] = useDraft(thread);
  const field = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => {
    const area = field.current;
    if (!area || grows) return;
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight}px`;
  }, [draft]);

  useImperativeHandle(ref, () => ({
    fill: (text) => {
      setDraft(text);
      field.current?.focus();
    },
    focus: () => field.current?.focus(),
  }));

  // With a keyboard one types at once; on a phone it would cover half of the page. A menu that was opened meanwhile keeps the focus.
  useEffect(() => {
    if (matchMedia("(hover: hover) and (pointer: fine)").matches && !document.querySelector("[role=dialog], [role=menu]")) field.current?.focus({ preventScroll: true });
  }, []);

  const busy = useBusy(running);
  const [early, setEarly] = useState(false); // Enter was pressed before the models were known
  const submit = () => {
    if (busy || !draft.trim()) return;
    if (!choice) return setEarly(true);
    const query = draft;
    setEarly(false);
    setDraft("");
    onSubmit(query);
  };
  useEffect(() => {
    if (early && choice) submit();
  }, [early, choice]);

  const onKeyDown = (event: KeyboardEvent) => {
    // keyCode 229: an input method has the key, also where isComposing is not set.
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing || event.keyCode === 229) return;
    if (touches() && !event.ctrlKey && !event.metaKey) return; // the key is a new line there
    event.preventDefault();
    submit();
  };

  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {editing && (
        <p className="composer-note">
          {words.composer.editing}
          <IconButton
            label={words.composer.cancelEdit}
            small
            onClick={() => {
              setDraft("");
              onCancelEdit();
            }}
          >
            <X aria-hidden />
          </IconButton>
        </p>
      )}
      <label className="visually-hidden" htmlFor="question">
        {words.composer.label}
      </label>
      <textarea
        id="question"
        ref={field}
        rows={1}
        value={draft}
        placeholder={words.composer.placeholder}
        onChange={(event) => {
          if (!draft) void Conversation.load().catch(() => {});
          setDraft(event.target.value);
        }}
        onKeyDown={onKeyDown}
        maxLength={100_000}
        autoComplete="off"
        enterKeyHint={touches() ? "enter" : "send"}
      />
      <div className="composer-tools">
        <ModelMenu choice={choice} onChoose={onChoose} />
        {choice && choice.provider !== "offline" && (
          <button type="button" className="composer-choice" aria-pressed={choice.agent} title={words.composer.lookAroundHint} onClick={() => onChoose({ ...choice, agent: !choice.agent })}>
            <Telescope aria-hidden />
            {words.composer.lookAround}
          </button>
        )}
        <span className="composer-gap" />
        {toEnd && (
          <button type="button" className="composer-end" aria-label={words.composer.toEnd} title={words.composer.toEnd} onClick={toEnd}>
            <ArrowDown aria-hidden />
          </button>
        )}
        {busy === "writing" ? (
          <button type="button" className="composer-send" aria-label={words.composer.stop} title={words.composer.stopHint} onClick={() => void running?.stop().catch(() => {})}>
            <Square aria-hidden />
          </button>
        ) : (
          <button type="submit" className="composer-send" aria-label={words.composer.ask} title={words.composer.askHint} disabled={busy !== null || !draft.trim() || !choice}>
            <ArrowUp aria-hidden />
          </button>
        )}
      </div>
    </form>
  );
}

/** touches reports whether this device has a keyboard on its screen, whose Enter is a new line. */
const touches = () => matchMedia("(pointer: coarse)").matches;

/** useBusy says what a new question would have to wait for: an answer that can be stopped, or the server. */
function useBusy(running: Answer | null): "writing" | "away" | null {
  const subscribe = useCallback((listener: () => void) => running?.subscribe(listener) ?? (() => {}), [running]);
  return useSyncExternalStore(subscribe, () => {
    if (!running?.live) return null;
    const { lost, waiting } = running.snapshot();
    return lost || waiting ? "away" : "writing";
  });
}

const join = (provider: string, model: string) => JSON.stringify([provider, model]);

const ModelMenu = memo(function ModelMenu({ choice, onChoose }: { choice: Choice | null; onChoose: (choice: Choice) => void }) {
  // The providers are asked for their models only when the menu is opened.
  const [opened, setOpened] = useState(false);
  const { data, refetch } = useModels(true, opened);
  const { data: quick } = useModels();
  const models = data ?? quick;
  return (
    <Menu
      onOpenChange={(open) => open && setOpened(true)}
      side="top"
      align="start"
      trigger={
        <button type="button" className="composer-choice" aria-label={words.composer.model(choice ? modelName(choice) : words.composer.unknown)} disabled={!choice}>
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
              {provider.name === "offline" ? words.composer.noModel : provider.name}
              {provider.ok === false && words.composer.unavailable}
            </MenuLabel>
            {namesOf(provider, models, choice).map((model) => (
              <MenuChoice key={model} value={join(provider.name, model)}>
                {provider.name === "offline" ? words.composer.offline : model}
              </MenuChoice>
            ))}
            {provider.ok === false && provider.error && <p className="menu-error">{provider.error}</p>}
          </MenuGroup>
        ))}
      </MenuChoices>
      {models?.providers.some((p) => p.ok === false) && (
        <MenuItem closes={false} onClick={() => void refetch()}>
          {words.composer.checkAgain}
        </MenuItem>
      )}
    </Menu>
  );
});

/** namesOf are a provider's models, with those that the settings or the choice name though it does not list them. */
function namesOf(provider: Models["providers"][number], models: Models, choice: Choice | null): string[] {
  if (provider.name === "offline") return [provider.models[0] ?? ""];
  const names = new Set(provider.models);
  for (const ref of [models.default, choice]) if (ref?.provider === provider.name && ref.model) names.add(ref.model);
  return [...names];
}
