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
      {data && <Cards settings={data} />}
      <div className="status-cards">
        <PhoneCard />
      </div>
    </div>
  );
}

function Cards({ settings }: { settings: Values }) {
  return (
    <div className="stack">
      {settings.why && <Note>{settings.why}</Note>}
      <fieldset className="status-cards settings-cards" disabled={!settings.allowed} aria-label="Settings">
        <ProvidersCard settings={settings} />
        <TasksCard settings={settings} />
        <FieldsCard
          title="Answers"
          settings={settings}
          fields={[
            { name: "instructions", label: "Custom instructions", kind: "area", placeholder: "Answer briefly. Call me Jo." },
            { name: "search_help", label: "Use the model to find passages", kind: "text", hint: "auto: if the model is fast. off: never. Or a time limit, such as 3s.", placeholder: "auto" },
            { name: "chat_max_output_tokens", label: "Maximum answer length, in tokens", kind: "number", hint: "0 means no limit." },
          ]}
        />
        <PromptsCard />
        <FieldsCard
          title="Costs"
          settings={settings}
          fields={[
            { name: "monthly_cap", label: "Monthly cap", kind: "number", hint: "0 means no cap." },
            { name: "confirm_cost", label: "Ask before an analysis that costs more than", kind: "number" },
            { name: "currency", label: "Currency", kind: "text" },
          ]}
        />
        <PricesCard settings={settings} />
        <FieldsCard
          title="Journal"
          settings={settings}
          fields={[
            { name: "evergreen", label: "Folder for notes without a date", kind: "text" },
            { name: "date_formats", label: "Names of daily notes", kind: "list", placeholder: "YYYY-MM-DD" },
            { name: "language", label: "Language of the journal", kind: "text" },
            { name: "timezone", label: "Time zone", kind: "text", placeholder: "Europe/Zurich" },
            { name: "private_tags", label: "Tags that keep a note from providers", kind: "list" },
            { name: "anniversaries", label: "Anniversaries", kind: "list", placeholder: "my birthday=02-23" },
          ]}
        />
        <FieldsCard
          title="Backups"
          settings={settings}
          fields={[
            { name: "backup_keep", label: "Daily backups to keep", kind: "number", hint: "0 turns them off." },
            { name: "backup_dir", label: "Backup folder", kind: "text" },
          ]}
        />
      </fieldset>
      <div className="status-cards">
        <AccessCard allowed={settings.allowed} />
      </div>
      {settings.file && <p className="hint">Saved in {settings.file}</p>}
    </div>
  );
}
