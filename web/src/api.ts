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

export async function post(path: string, body: unknown): Promise<void> {
  const response = await fetch(address(path), {
    method: "POST",
    headers: { ...headers(), "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw await refusal(response);
}
