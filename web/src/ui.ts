// SPDX-License-Identifier: Apache-2.0
// Pieces that all pages use: links to what can be opened, tables, levels, and what stands where
// there is nothing yet, or something is wrong.
import { Refusal, useToken } from "./api";
import { categories, category, portName } from "./category";
import { h, s, type Child } from "./dom";
import { country } from "./format";
import { link } from "./view";

/** An IPv6 address may go on in another line behind a colon, where its place lets it. */
export const sourceLink = (address: string) =>
  h("a", { class: "mono", href: link("source", address) }, address.split(":").flatMap((part, index) => (index === 0 ? [part] : [":", h("wbr"), part])));

export const actorLink = (actor: string | null | undefined): Child =>
  actor ? h("a", { class: "mono", href: link("actor", actor) }, actor) : "–";

export const familyLink = (family: string) =>
  h("a", { class: "mono", href: link("family", family) }, family);

export const countryLink = (code: string | null | undefined): Child =>
  code ? h("a", { href: link("ports", "", { country: code }), title: `Ports sought from ${country(code)}` }, country(code)) : "unknown";

export const asLink = (asn: number | null | undefined): Child =>
  asn ? h("a", { class: "mono", href: link("visits", "", { filter: `asn = ${asn}` }) }, `AS${asn}`) : "–";

export const portLink = (port: number, proto: string | number): Child =>
  h(
    "span",
    { class: "port" },
    h("span", { class: `dot c-${categories[category(port)].style}`, title: categories[category(port)].name }),
    h("a", { class: "mono", href: portPlace(port, proto) }, portName(port, proto)),
  );

/* What ICMP has instead of ports has no page. */
function portPlace(port: number, proto: string | number): string {
  const name = portName(port, proto);
  return name.startsWith("icmp") ? link("visits", "", { filter: `proto = ${name.split(" ")[0]} and dport = ${port}` }) : link("port", String(port));
}

/** A risk level: word, colour and how many of four marks, so that colour is not needed. */
export function level(name: string | null | undefined, risk?: number | null): HTMLElement {
  const word = name ?? "none";
  const title = risk === null || risk === undefined ? word : `${word}, risk ${risk.toFixed(0)} of 100`;
  return h("span", { class: `level level-${word.toLowerCase()}`, title }, word);
}

export const grade = (letter: string | null | undefined): Child =>
  letter
    ? h("abbr", { class: "grade", title: grades[letter] ?? "" }, letter)
    : "–";

const grades: Record<string, string> = {
  A: "Grade A: two-way proof that the address is real",
  B: "Grade B: consistent over time; can still be forged",
  C: "Grade C: unproven",
  D: "Grade D: signs of forgery",
};

export interface Column<T> {
  name: string;
  right?: boolean;
  wide?: boolean; /* takes the room that is left */
  minor?: boolean; /* left out on a phone */
  wraps?: boolean; /* goes over several lines on a phone */
  title?: string; /* what the name means */
  unseen?: string; /* a name for those who listen, where none is shown */
  cell(row: T): Child;
}

/** A table; the first column heads its row. */
export function table<T>(caption: string, columns: Column<T>[], rows: T[]): HTMLElement {
  const style = (column: Column<T>) =>
    [column.right && "right", column.wide && "wide", column.minor && "minor", column.wraps && "wraps"].filter(Boolean).join(" ") || null;
  return h(
    "div",
    { class: "table-box", role: "region", "aria-label": caption, tabindex: 0 },
    h(
      "table",
      {},
      h("caption", { class: "unseen" }, caption),
      h("thead", {}, h("tr", {}, columns.map((column) => h("th", { scope: "col", class: style(column), title: column.title ?? null }, column.title ? h("abbr", {}, column.name) : column.name || h("span", { class: "unseen" }, column.unseen ?? "Details"))))),
      h(
        "tbody",
        {},
        rows.map((row) =>
          h(
            "tr",
            {},
            columns.map((column, index) =>
              index === 0
                ? h("th", { scope: "row", class: style(column) }, column.cell(row))
                : h("td", { class: style(column) }, column.cell(row)),
            ),
          ),
        ),
      ),
    ),
  );
}

/** A share as a bar. @param value  0 to 1 */
export function meter(value: number, style = ""): SVGSVGElement {
  const width = Math.max(0, Math.min(1, value)) * 100;
  return s(
    "svg",
    { class: "meter", viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true" },
    s("rect", { class: "meter-back", width: 100, height: 6 }),
    s("rect", { class: `meter-fill ${style}`, width: width.toFixed(2), height: 6 }),
  );
}

/** Nothing here, and what to do next. */
export function empty(what: string, ...next: Child[]): HTMLElement {
  return h("div", { class: "empty" }, h("p", { class: "empty-what" }, what), h("p", {}, next));
}

export const command = (text: string) => h("code", {}, text);

/** Whether a service stands without a store so far. */
export const isEmptyStore = (error: unknown) =>
  error instanceof Refusal && error.status === 503 && error.message.startsWith("no store");

/** What went wrong; where a token is missing, a place to give it. */
export function fault(error: unknown): HTMLElement {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Refusal && error.status === 401) return askToken();
  if (isEmptyStore(error))
    return empty("The store is empty.", "Take a capture or a log in with ", command("nightjar ingest FILE"), ", or capture with ", command("nightjar serve --capture IFACE"), ": its first rows are here within a minute.");
  if (error instanceof Refusal && error.status === 404) return empty(capital(message), "Try another search.");
  if (error instanceof Refusal)
    return h("div", { class: "empty wrong", role: "alert" }, h("p", { class: "empty-what" }, capital(message)));
  return h(
    "div",
    { class: "empty wrong", role: "alert" },
    h("p", { class: "empty-what" }, "The service does not answer."),
    h("p", {}, "Is ", command("nightjar serve"), " still running? ", message),
  );
}

function askToken(): HTMLElement {
  const input = h("input", { type: "password", id: "token", autocomplete: "off" });
  return h(
    "form",
    {
      class: "empty",
      onsubmit: (event: Event) => {
        event.preventDefault();
        useToken(input.value.trim());
        location.reload();
      },
    },
    h("label", { for: "token" }, "This service wants a token. It is kept for this tab only."),
    input,
    h("button", { type: "submit" }, "Use it"),
  );
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A part of a page that is filled when its answer has come. */
export function later<T>(answer: Promise<T>, show: (value: T) => Child, waiting = "Asking the store…"): HTMLElement {
  const box = h("div", { class: "later", "aria-busy": "true" }, h("p", { class: "waiting" }, waiting));
  answer.then(
    (value) => {
      box.replaceChildren();
      const child = h("div", {}, show(value));
      box.append(...child.childNodes);
      box.removeAttribute("aria-busy");
    },
    (error: unknown) => {
      if (error instanceof DOMException && error.name === "AbortError") return;
      box.replaceChildren(fault(error));
      box.removeAttribute("aria-busy");
    },
  );
  return box;
}

/** A titled part of a page. */
export function section(title: string, ...children: Child[]): HTMLElement {
  return h("section", { class: "card" }, h("h2", {}, title), children);
}

export function facts(list: [string, Child][]): HTMLElement {
  return h(
    "dl",
    { class: "facts" },
    list.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value ?? "–"))),
  );
}
