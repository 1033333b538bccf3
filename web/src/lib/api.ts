import createClient, { type Middleware } from "openapi-fetch";
import { at, base } from "./base";
import { earlyFetch } from "./early";
import type { components, paths } from "./schema";
import { words } from "./words";

/** The API's types, by name. */
export type Schemas = components["schemas"];

/** ApiError is a failed call, with the server's error. */
export class ApiError extends Error {
  constructor(
    /** The HTTP status; 0 if the server could not be reached. */
    readonly status: number,
    message: string,
    /** The response body, if it was JSON. */
    readonly body?: unknown,
  ) {
    super(message);
    this.name = "ApiError";
  }
}

let onUnauthorized = () => {};

/** Sets the handler for responses that require a token. */
export function whenUnauthorized(run: () => void) {
  onUnauthorized = run;
}

/** fetchApi is fetch of one of Daybook's own paths, with all failures, including network errors, as ApiErrors. */
export async function fetchApi(input: string | Request, init?: RequestInit): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(typeof input === "string" ? at(input) : input, { credentials: "same-origin", ...init });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, words.api.unreachable);
  }
  if (answer.ok || answer.status === 304) return answer;
  const url = typeof input === "string" ? input : input.url;
  if (answer.status === 401 && !url.endsWith("/login")) onUnauthorized();
  throw await errorOf(answer);
}

/** errorOf reads the error of a failed response. */
export async function errorOf(answer: Response): Promise<ApiError> {
  const text = await answer.text();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    // A proxy's page, or nothing.
  }
  return new ApiError(answer.status, detailOf(body) ?? words.api.status(answer.status), body);
}

function detailOf(body: unknown): string | undefined {
  const detail = (body as { detail?: unknown } | undefined)?.detail;
  if (typeof detail === "string") return detail;
  if (Array.isArray(detail)) return detail.map((d: { msg?: string }) => d.msg ?? "").filter(Boolean).join(" ") || undefined;
  return undefined;
}

const failing: Middleware = {
  async onResponse({ response, request }) {
    if (response.ok || response.status === 304) return;
    if (response.status === 401 && !request.url.endsWith("/login")) onUnauthorized();
    throw await errorOf(response);
  },
  onError({ error }) {
    if (error instanceof DOMException && error.name === "AbortError") return error;
    return new ApiError(0, words.api.unreachable);
  },
};

/**
 * The API's client, typed by its own description. Failures are thrown as
 * ApiErrors, so that `data` is there whenever a call returns: see `got`.
 */
export const api = createClient<paths>({ fetch: earlyFetch, credentials: "same-origin", baseUrl: (globalThis.location?.origin ?? "") + base, querySerializer: { array: { style: "form", explode: true } } });
api.use(failing);

/** got returns the body of a successful call. */
export async function got<T>(call: Promise<{ data?: T }>): Promise<T> {
  return (await call).data as T;
}
