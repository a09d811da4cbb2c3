// SPDX-License-Identifier: Apache-2.0
// The view's state is its address: "#/source/192.0.2.1", "#/map?at=2014-09-23T09:00:00Z&speed=600".
// Sent to a colleague it shows the same.

export interface View {
  page: string;
  rest: string;
  params: URLSearchParams;
}

/* What can't be decoded stands as it is: the page says that it knows nothing of it. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function read(): View {
  const text = location.hash.replace(/^#\/?/, "");
  const mark = text.indexOf("?");
  const path = mark < 0 ? text : text.slice(0, mark);
  const slash = path.indexOf("/");
  return {
    page: (slash < 0 ? path : path.slice(0, slash)) || "map",
    rest: slash < 0 ? "" : decoded(path.slice(slash + 1)),
    params: new URLSearchParams(mark < 0 ? "" : text.slice(mark + 1)),
  };
}

export type Values = Record<string, string | number | null | undefined>;

export function link(page: string, rest = "", values: Values = {}): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(values))
    if (value !== null && value !== undefined && value !== "") params.set(name, String(value));
  const query = params.toString();
  return `#/${page}${rest ? `/${encodeURIComponent(rest)}` : ""}${query ? `?${query}` : ""}`;
}

export function go(page: string, rest = "", values: Values = {}): void {
  location.hash = link(page, rest, values);
}

/** Change parts of the address without a new entry in the history and without a new page. */
export function note(values: Values): void {
  const view = read();
  for (const [name, value] of Object.entries(values))
    if (value === null || value === undefined || value === "") view.params.delete(name);
    else view.params.set(name, String(value));
  history.replaceState(null, "", link(view.page, view.rest, Object.fromEntries(view.params)));
}
