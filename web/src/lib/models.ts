import { useQuery } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { api, got } from "./api";
import { keep, kept } from "./storage";
import type { ModelRef } from "./types";

/** useModels are the models that may answer; with check the providers are asked whether they do. */
export function useModels(check = false) {
  return useQuery({
    queryKey: ["models", check],
    queryFn: () => got(api.GET("/models", { params: { query: { check } } })),
    staleTime: 60_000,
  });
}

export interface Choice extends ModelRef {
  agent: boolean;
}

/** useChoice is which model answers, as chosen in this browser, or else as the settings say; null until that is known. */
export function useChoice(): [Choice | null, (next: Choice) => void] {
  const { data } = useModels();
  const [chosen, setChosen] = useState<Choice | null>(readChoice);
  const choose = useCallback((next: Choice) => {
    setChosen(next);
    keep("model", JSON.stringify(next));
  }, []);
  // A provider that is no longer set up is not asked.
  const valid = chosen && (!data || data.providers.some((p) => p.name === chosen.provider)) ? chosen : null;
  return [valid ?? (data ? { ...data.default, agent: chosen?.agent ?? false } : null), choose];
}

function readChoice(): Choice | null {
  try {
    const { provider, model, agent } = JSON.parse(kept("model") ?? "null") as Partial<Choice>;
    return typeof provider === "string" && typeof model === "string" ? { provider, model, agent: agent === true } : null;
  } catch {
    return null;
  }
}

/** modelName is how a model is called in the page. */
export const modelName = ({ provider, model }: ModelRef) => (provider === "offline" ? "Offline" : model || provider);
