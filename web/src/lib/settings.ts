import { useQuery } from "@tanstack/react-query";
import { api, got, type Schemas } from "./api";
import { queryClient } from "./query";

export type Settings = Schemas["SettingsJSON"];
export type Provider = Schemas["SettingsProvider"];
export type LocalServer = Schemas["LocalServer"];

/** useSettings returns the settings and the providers. */
export function useSettings() {
  return useQuery({ queryKey: ["settings"], queryFn: () => got(api.GET("/settings")), retry: false });
}

/** useLocalServers returns the model servers of this machine. */
export function useLocalServers(enabled = true) {
  return useQuery({ queryKey: ["settings", "local"], queryFn: () => got(api.GET("/settings/local")), enabled, staleTime: 10_000, retry: false });
}

/** settingOf returns a setting by its name. */
export function settingOf(settings: Settings | undefined, name: string) {
  return settings?.settings.find((setting) => setting.name === name);
}

/** change sets settings; null removes one, so that its default holds. */
export async function change(changes: Record<string, unknown>) {
  await saved(got(api.PATCH("/settings", { body: { changes } })));
}

/** putProvider adds a provider or changes its address or key. */
export async function putProvider(name: string, body: { base_url?: string; key?: string }) {
  await saved(got(api.PUT("/settings/providers/{name}", { params: { path: { name } }, body })));
}

/** removeProvider removes a provider and its key. */
export async function removeProvider(name: string) {
  await saved(got(api.DELETE("/settings/providers/{name}", { params: { path: { name } } })));
}

async function saved(call: Promise<Settings>) {
  queryClient.setQueryData(["settings"], await call);
  await Promise.all([queryClient.invalidateQueries({ queryKey: ["models"] }), queryClient.invalidateQueries({ queryKey: ["settings", "local"] })]);
}

/** modelsOf asks a provider for its models. */
export async function modelsOf(provider: string): Promise<{ models: string[]; error: string | null }> {
  const { providers } = await got(api.GET("/models", { params: { query: { check: true } } }));
  const found = providers.find((p) => p.name === provider);
  return { models: found?.models ?? [], error: found?.error ?? null };
}

/** Key is what a pasted key is for. */
export interface Key {
  provider: string;
  label: string;
  base_url?: string;
}

const keys: [RegExp, Key][] = [
  [/^sk-ant-/, { provider: "anthropic", label: "Anthropic" }],
  [/^AIza/, { provider: "gemini", label: "Gemini" }],
  [/^sk-or-/, { provider: "openrouter", label: "OpenRouter", base_url: "https://openrouter.ai/api/v1" }],
  [/^gsk_/, { provider: "groq", label: "Groq", base_url: "https://api.groq.com/openai/v1" }],
  [/^sk-/, { provider: "openai", label: "OpenAI" }],
];

/** keyOf tells by its beginning what a key is for. */
export function keyOf(key: string): Key | undefined {
  return keys.find(([begins]) => begins.test(key.trim()))?.[1];
}

const preferred = ["gpt-6.1-terra", "gpt-6-luna", "gpt-5-mini", "claude-sonnet-5-5", "claude-sonnet-4-5", "gemini-3.8-flash", "gemini-2.5-flash", "openai/gpt-6-luna", "openai/gpt-5-mini", "llama-3.3-70b-versatile", "llama3.2", "qwen3", "gemma3"];

/** suggested returns the model of a list to begin with. */
export function suggested(models: readonly string[]): string | undefined {
  for (const name of preferred) {
    const found = models.find((model) => model === name) ?? models.find((model) => model.startsWith(name));
    if (found) return found;
  }
  return models[0];
}

/** shortModel is a model's name without a tag that says nothing. */
export const shortModel = (model: string) => model.replace(/:latest$/, "");
