import { useQuery } from "@tanstack/react-query";
import { api, got, type Schemas } from "./api";
import { queryClient } from "./query";

export type Browser = Schemas["BrowserJSON"];
export type Prompt = Schemas["Prompt"];

const browsers = ["session", "browsers"];

/** useBrowsers returns the browsers that are signed in. */
export function useBrowsers(enabled: boolean) {
  return useQuery({ queryKey: browsers, queryFn: () => got(api.GET("/session/browsers")), enabled, retry: false });
}

/** signOut ends the session of another browser. */
export async function signOut(id: string) {
  await api.DELETE("/session/browsers/{id}", { params: { path: { id } } });
  await queryClient.invalidateQueries({ queryKey: browsers });
}

/** tokenOf returns the token, or replaces it, which signs all other browsers out. */
export async function tokenOf(replace: boolean) {
  const { token } = await got(api.POST("/settings/token", { body: { replace } }));
  if (replace) await queryClient.invalidateQueries({ queryKey: browsers });
  return token;
}

const prompts = ["settings", "prompts"];

/** usePrompts returns what the models are told. */
export function usePrompts(enabled: boolean) {
  return useQuery({ queryKey: prompts, queryFn: () => got(api.GET("/settings/prompts")), enabled, retry: false });
}

/** savePrompt replaces a prompt; null brings the built-in one back. */
export async function savePrompt(name: string, text: string | null) {
  const params = { path: { name } };
  const list = text === null ? got(api.DELETE("/settings/prompts/{name}", { params })) : got(api.PUT("/settings/prompts/{name}", { params, body: { text } }));
  queryClient.setQueryData(prompts, await list);
}
