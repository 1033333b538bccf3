import { useEffect, useId, useState, type FormEvent } from "react";
import { change, settingOf, type Settings } from "../../lib/settings";
import { Button } from "../../ui/Button";
import { ErrorNote } from "../../ui/States";
import { toast } from "../../ui/Toasts";
import { Card } from "../status/Card";
import { words } from "./words";

interface Field {
  name: string;
  label: string;
  kind: "text" | "area" | "number" | "list";
  hint?: string;
  placeholder?: string;
}

/** FieldsCard changes settings of one kind together. */
export function FieldsCard({ title, settings, fields }: { title: string; settings: Settings; fields: Field[] }) {
  const saved = Object.fromEntries(fields.map(({ name }) => [name, textOf(settingOf(settings, name)?.value)]));
  const [typed, setTyped] = useState(saved);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const before = JSON.stringify(saved);
  useEffect(() => setTyped(JSON.parse(before) as Record<string, string>), [before]);
  const changed = fields.filter(({ name }) => typed[name] !== saved[name]);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await change(Object.fromEntries(changed.map((field) => [field.name, valueOf(field, typed[field.name] ?? "")])));
      toast(words.fields.saved);
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Card title={title}>
      <form className="stack" onSubmit={(event) => void submit(event)}>
        {fields.map((field) => (
          <Input key={field.name} field={field} settings={settings} value={typed[field.name] ?? ""} onChange={(value) => setTyped({ ...typed, [field.name]: value })} />
        ))}
        {error !== null && <ErrorNote error={error} />}
        <div>
          <Button type="submit" look="primary" disabled={changed.length === 0} busy={busy}>
            {words.fields.save}
          </Button>
        </div>
      </form>
    </Card>
  );
}

function Input({ field, settings, value, onChange }: { field: Field; settings: Settings; value: string; onChange: (value: string) => void }) {
  const id = useId();
  const setting = settingOf(settings, field.name);
  const hint = setting?.fixed ? words.fields.setBy(setting.from) : field.kind === "list" ? words.fields.separateCommas : field.hint;
  const shared = {
    id,
    className: "field",
    value,
    placeholder: field.placeholder,
    disabled: setting?.fixed,
    "aria-describedby": hint ? `${id}-hint` : undefined,
    onChange: (event: { target: { value: string } }) => onChange(event.target.value),
  };
  return (
    <div>
      <label className="label" htmlFor={id}>
        {field.label}
      </label>
      {field.kind === "area" ? <textarea rows={3} maxLength={4000} {...shared} /> : <input type={field.kind === "number" ? "number" : "text"} min={0} step="any" spellCheck={false} {...shared} />}
      {hint && (
        <p className="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.join(", ");
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

function valueOf({ kind }: Field, text: string): unknown {
  if (text.trim() === "") return null;
  if (kind === "number") return Number(text);
  if (kind === "list") return text.split(",").map((item) => item.trim()).filter(Boolean);
  return text;
}
