import { ApiError } from "../../lib/api";
import { useTitle } from "../../lib/title";
import { useSettings, type Settings as Values } from "../../lib/settings";
import { ErrorNote, Note, Skeleton } from "../../ui/States";
import "../status/status.css";
import "./settings.css";
import { AccessCard } from "./AccessCard";
import { FieldsCard } from "./FieldsCard";
import { PhoneCard } from "./PhoneCard";
import { PricesCard } from "./PricesCard";
import { PromptsCard } from "./PromptsCard";
import { ProvidersCard } from "./ProvidersCard";
import { TasksCard } from "./TasksCard";
import { words } from "./words";

/** Settings changes what is set: the models and what they are for, costs, and the journal. */
export default function Settings() {
  useTitle(words.title);
  const { data, error, refetch } = useSettings();
  const missing = error instanceof ApiError && error.status === 404; // another may change them
  return (
    <div className="room status">
      <header className="room-head">
        <h1>{words.title}</h1>
      </header>
      {error && !missing && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {missing && <AccessCard allowed={false} />}
      {!data && !error && <Skeleton lines={6} />}
      {data ? (
        <Cards settings={data} />
      ) : (
        <div className="status-cards">
          <PhoneCard />
        </div>
      )}
    </div>
  );
}

function Cards({ settings }: { settings: Values }) {
  return (
    <div className="stack">
      {settings.why && <Note>{settings.why}</Note>}
      <fieldset className="status-cards settings-cards" disabled={!settings.allowed} aria-label={words.room.models}>
        <ProvidersCard settings={settings} />
        <TasksCard settings={settings} />
        <FieldsCard
          title={words.room.answers}
          settings={settings}
          fields={[
            { name: "instructions", label: words.room.customInstructions, kind: "area", placeholder: words.room.instructionsExample },
            { name: "search_help", label: words.room.searchHelp, kind: "text", hint: words.room.searchHelpHint, placeholder: "auto" },
            { name: "chat_max_output_tokens", label: words.room.maximumAnswerLength, kind: "number", hint: words.room.zeroNoLimit },
          ]}
        />
      </fieldset>
      <div className="status-cards">
        <PhoneCard />
      </div>
      <fieldset className="status-cards settings-cards" disabled={!settings.allowed} aria-label={words.room.settings}>
        <PromptsCard />
        <FieldsCard
          title={words.room.costs}
          settings={settings}
          fields={[
            { name: "monthly_cap", label: words.room.monthlyCap, kind: "number", hint: words.room.zeroNoCap },
            { name: "confirm_cost", label: words.room.askBeforeAnalysis, kind: "number" },
            { name: "currency", label: words.room.currency, kind: "text" },
          ]}
        />
        <PricesCard settings={settings} />
        <FieldsCard
          title={words.room.journal}
          settings={settings}
          fields={[
            { name: "evergreen", label: words.room.folderNotesWithout, kind: "text" },
            { name: "date_formats", label: words.room.namesDailyNotes, kind: "list", placeholder: "YYYY-MM-DD" },
            { name: "language", label: words.room.languageJournal, kind: "text" },
            { name: "timezone", label: words.room.timeZone, kind: "text", placeholder: "Europe/Zurich" },
            { name: "private_tags", label: words.room.tagsKeepNote, kind: "list" },
            { name: "anniversaries", label: words.room.anniversaries, kind: "list", placeholder: words.room.anniversariesExample },
          ]}
        />
        <FieldsCard
          title={words.room.backups}
          settings={settings}
          fields={[
            { name: "backup_keep", label: words.room.dailyBackupsKeep, kind: "number", hint: words.room.zeroOff },
            { name: "backup_dir", label: words.room.backupFolder, kind: "text" },
          ]}
        />
      </fieldset>
      <div className="status-cards">
        <AccessCard allowed={settings.allowed} />
      </div>
      {settings.file && <p className="hint">{words.room.saved(settings.file)}</p>}
    </div>
  );
}
