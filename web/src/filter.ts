// SPDX-License-Identifier: Apache-2.0
// A field for the filter language. What it offers comes from the service: the names that a filter
// on these rows may use, and behind a name its signs and values. The expression goes into the
// page's address, so that it is sent on with it.
import { rows } from "./api";
import { h } from "./dom";
import { country } from "./format";
import { link, type View } from "./view";

/** Kinds of rows, as /api/v1/fields names them. */
export type FilterOf = "visits" | "suspects" | "actors" | "hops";

interface Field {
  rows: string;
  field: string;
  type: "number" | "text" | "address" | "time" | "proto";
  words: string[] | null;
}

interface Offer {
  text: string; /* what stands in the place of the last word */
  means?: string;
}

const OFFERS = 12;
const signs: Record<Field["type"], string[]> = {
  number: ["=", "in", ">=", "<=", "!="],
  text: ["=", "in", "!=", "~"],
  address: ["in", "=", "!="],
  time: [">=", "<="],
  proto: ["=", "in", "!="],
};
const examples: Partial<Record<Field["type"], Offer[]>> = {
  proto: ["tcp", "udp", "icmp", "icmpv6", "sctp"].map((text) => ({ text })),
};
/* Rankings whose rows are the values of a field of stored rows. */
const ranked: Record<string, [string, string]> = {
  tool: ["top/tools", "tool"],
  app: ["top/apps", "app"],
  sensor: ["top/sensors", "sensor"],
  asn: ["top/networks", "asn"],
};

let asked: Promise<Field[]> | null = null;
const values = new Map<string, Promise<Offer[]>>();

function fields(of: FilterOf): Promise<Field[]> {
  asked ??= rows<Field>("fields").then((answer) => answer.rows);
  asked.catch(() => (asked = null)); /* ask again with the next word */
  return asked.then((all) => all.filter((each) => each.rows === of));
}

const quoted = (text: string) => (/^[\w.:/-]+$/.test(text) ? text : `"${text.replace(/["\\]/g, "\\$&")}"`);

/* Every code that a name is known for. */
function countries(): Offer[] {
  const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
  const codes = letters.flatMap((a) => letters.map((b) => a + b));
  return codes.map((text) => ({ text, means: country(text) })).filter(({ text, means }) => means !== "none" && means !== text);
}

function valuesOf(field: Field): Promise<Offer[]> {
  const fixed = field.words?.map((text) => ({ text })) ?? examples[field.type];
  if (fixed) return Promise.resolve(fixed);
  let known = values.get(field.field);
  if (known) return known;
  const [path, column] = ranked[field.field] ?? [];
  if (field.field === "country") known = Promise.resolve(countries());
  else if (path && column)
    known = rows<Record<string, unknown>>(path, { limit: 200, all: true }).then((answer) =>
      answer.rows.filter((row) => row[column] !== null).map((row) => ({ text: quoted(String(row[column])), means: row.as_name ? String(row.as_name) : undefined })),
    );
  else known = Promise.resolve([]);
  known.catch(() => values.delete(field.field));
  values.set(field.field, known);
  return known;
}

/* What may stand where the text ends. The last word is what is being written. */
async function offersFor(before: string, word: string, of: FilterOf): Promise<Offer[]> {
  const all = await fields(of);
  const place = /(?:^|[\s(])([a-z_]+)\s*(not\s+)?(=|!=|<=|>=|<|>|~|in\b)\s*(\((?:[^()]*,)?\s*)?$/i.exec(before);
  const named = place && all.find((each) => each.field === place[1].toLowerCase());
  if (named) {
    const lower = word.toLowerCase();
    const fits = (offer: Offer) => offer.text.toLowerCase().startsWith(lower) || (word.length > 1 && offer.means?.toLowerCase().includes(lower));
    return (await valuesOf(named)).filter(fits);
  }
  const behind = /(?:^|[\s(])([a-z_]+)\s+$/i.exec(before);
  const field = behind && all.find((each) => each.field === behind[1].toLowerCase());
  if (field) return signs[field.type].filter((sign) => sign.startsWith(word)).map((text) => ({ text }));
  const begins = /(^|\(|\b(and|or|not))\s*$/i.test(before);
  if (!begins) return ["and", "or"].filter((each) => word !== "" && each.startsWith(word)).map((text) => ({ text }));
  return [...all.map((each) => ({ text: each.field, means: each.type })), { text: "not" }].filter(({ text }) => text.startsWith(word.toLowerCase()));
}

/** Offer what may follow; a datalist's choices replace the whole text, so each holds it. */
export function complete(input: HTMLInputElement, offers: HTMLDataListElement, of: FilterOf): void {
  let turn = 0;
  const offer = async () => {
    const mine = ++turn;
    const [, before, word] = /^(.*?)([^\s(),=<>!~"]*)$/s.exec(input.value) ?? ["", "", ""];
    const found = await offersFor(before, word, of).catch(() => []);
    if (mine !== turn) return;
    const fitting = found.filter((each) => each.text !== word).slice(0, OFFERS);
    offers.replaceChildren(...fitting.map(({ text, means }) => h("option", { value: `${before}${text}`, label: means ? `${text} · ${means}` : null })));
  };
  input.addEventListener("input", () => void offer());
  input.addEventListener("focus", () => void offer());
}

/** The input and what it offers. @param id  of the input */
export function filterInput(id: string, of: FilterOf, attributes: Record<string, unknown>): [HTMLInputElement, HTMLDataListElement] {
  const offers = h("datalist", { id: `${id}-words` });
  const input = h("input", { id, type: "text", class: "mono", list: `${id}-words`, autocomplete: "off", autocapitalize: "off", spellcheck: "false", ...attributes });
  complete(input, offers, of);
  return [input, offers];
}

/** @param example  shown where nothing stands yet */
export function filterField(view: View, of: FilterOf, example: string): HTMLElement {
  const [input, offers] = filterInput("filter", of, { value: view.params.get("filter") ?? "", placeholder: example });
  return h(
    "form",
    {
      class: "filter",
      role: "search",
      "aria-label": "Filter",
      onsubmit: (event: Event) => {
        event.preventDefault();
        const rest = Object.fromEntries(view.params);
        location.hash = link(view.page, view.rest, { ...rest, offset: null, filter: input.value.trim() });
      },
    },
    h("label", { for: "filter" }, "Filter"),
    input,
    offers,
    h("button", { type: "submit" }, "Apply"),
    view.params.get("filter") && h("a", { class: "button", href: link(view.page, view.rest, { ...Object.fromEntries(view.params), offset: null, filter: null }) }, "Clear"),
  );
}
