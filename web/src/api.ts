// SPDX-License-Identifier: Apache-2.0
// Questions to the service. A token, where the service wants one, is kept for this tab alone.

const TOKEN = "nightjar-token";
export type Params = Record<string, string | number | boolean | null | undefined>;

export interface Rows<T> {
  rows: T[];
  next?: number | null;
  left_out?: Record<string, number>;
}

/** What the service said against a question. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export function address(path: string, params: Params = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params))
    if (value !== null && value !== undefined && value !== "") query.set(name, String(value));
  const text = query.toString();
  return `./api/v1/${path}${text ? `?${text}` : ""}`;
}

export function headers(): Record<string, string> {
  const token = sessionStorage.getItem(TOKEN);
  return token ? { Authorization: `Bearer ${token}` } : {};
}

export function useToken(token: string): void {
  sessionStorage.setItem(TOKEN, token);
}

/** The service's one line about what is wrong. */
export async function refusal(response: Response): Promise<Refusal> {
  let message = `the service answered ${response.status}`;
  try {
    const body = (await response.json()) as { error?: unknown; message?: unknown };
    message = String(body.error ?? body.message ?? message);
  } catch {
    /* not JSON: the status says enough */
  }
  return new Refusal(response.status, message);
}

export async function get<T>(path: string, params: Params = {}, signal?: AbortSignal): Promise<T> {
  const response = await fetch(address(path, params), { headers: headers(), signal });
  if (!response.ok) throw await refusal(response);
  return (await response.json()) as T;
}

export function rows<T>(path: string, params: Params = {}, signal?: AbortSignal) {
  return get<Rows<T>>(path, params, signal);
}

async function send<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(address(path), {
    method,
    headers: { ...headers(), "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!response.ok) throw await refusal(response);
  return (await response.json()) as T;
}

export function post<T = unknown>(path: string, body: unknown): Promise<T> {
  return send<T>("POST", path, body);
}

export function remove(path: string): Promise<unknown> {
  return send("DELETE", path);
}

/** Have the browser save an answer under the name that the service gives it. */
export async function save(path: string, params: Params = {}): Promise<void> {
  const response = await fetch(address(path, params), { headers: headers() });
  if (!response.ok) throw await refusal(response);
  const name = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "")?.[1];
  const url = URL.createObjectURL(await response.blob());
  const anchor = document.createElement("a");
  anchor.href = url;
  anchor.download = name ?? "nightjar";
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

/** A frame can't send a header: for the minute that it loads it has the token as a cookie. */
export function lendToken(path: string): void {
  const token = sessionStorage.getItem(TOKEN);
  if (!token) return;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `nightjar=${token}; path=/api/v1/${path}; max-age=60; SameSite=Strict${secure}`;
}
