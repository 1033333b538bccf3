import { queryOptions, useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";
import { api, got } from "./api";
import { keep, kept } from "./storage";
import type { ModelRef } from "./types";
import { words } from "./words";

/** modelsQuery asks for the available models; with check, the providers are queried. */
export const modelsQuery = (check = false) => queryOptions({ queryKey: ["models", check], queryFn: () => got(api.GET("/models", { params: { query: { check } } })), staleTime: 60_000 });

/** useModels returns the available models; with check, the providers are queried. */
export function useModels(check = false, enabled = true) {
  return useQuery({ ...modelsQuery(check), enabled });
}

export interface Choice extends ModelRef {
  agent: boolean;
}

/** useChoice returns the model chosen in this browser, or else the configured one; null until it is known. */
export function useChoice(): [Choice | null, (next: Choice) => void] {
  const { data, isError } = useModels();
  const [chosen, setChosen] = useState<Choice | null>(() => readChoice("model"));
  const [last] = useState<Choice | null>(() => readChoice("model-default"));
  const choose = useCallback((next: Choice) => {
    setChosen(next);
    keep("model", JSON.stringify(next));
  }, []);
  // Ignore a provider that is no longer configured.
  const valid = chosen && (!data || data.providers.some((p) => p.name === chosen.provider)) ? chosen : null;
  // Without a server, a question is kept for the model that was the default last.
  useEffect(() => {
    if (data) keep("model-default", JSON.stringify({ provider: data.default.provider, model: data.default.model }));
  }, [data]);
  const preset = data ? { ...data.default, agent: chosen?.agent ?? false } : isError ? last : null;
  return [valid ?? preset, choose];
}

function readChoice(key: string): Choice | null {
  try {
    const { provider, model, agent } = JSON.parse(kept(key) ?? "null") as Partial<Choice>;
    return typeof provider === "string" && typeof model === "string" ? { provider, model, agent: agent === true } : null;
  } catch {
    return null;
  }
}

/** modelName returns a model's display name. */
export const modelName = ({ provider, model }: ModelRef) => (provider === "offline" ? words.models.offline : model || provider);
