// SPDX-License-Identifier: Apache-2.0
// A field for the filter language, with the names it knows to choose from, and what it takes to be
// sent on: the same expression goes into the page's address.
import { h } from "./dom";
import { link, type View } from "./view";

/* The fields of visits that filters name (docs/SCHEMA.md). */
const fields = [
  "src", "dst", "dport", "sport", "proto", "country", "asn", "class", "rule", "tool", "stack", "app",
  "sensor", "sessions", "packets", "bytes", "targets", "ts", "ttl", "window", "user", "answered", "repeats",
];
const words = ["and", "or", "not", "in", "scan", "exploit", "credential", "backscatter", "misconfiguration"];

/** Offer the words that may follow; a datalist's choices replace the whole text, so each holds it. */
export function complete(input: HTMLInputElement, offers: HTMLDataListElement): void {
  const offer = () => {
    const before = /^(.*?)([a-z_]*)$/s.exec(input.value);
    const [start, begun] = before ? [before[1], before[2]] : ["", ""];
    const fitting = begun ? [...fields, ...words].filter((word) => word.startsWith(begun) && word !== begun) : [];
    offers.replaceChildren(...fitting.slice(0, 8).map((word) => h("option", { value: `${start}${word}` })));
  };
  input.addEventListener("input", offer);
}

/** @param example  shown where nothing stands yet */
export function filterField(view: View, example: string): HTMLElement {
  const offers = h("datalist", { id: "filter-words" });
  const input = h("input", {
    id: "filter",
    type: "text",
    class: "mono",
    list: "filter-words",
    autocomplete: "off",
    spellcheck: "false",
    value: view.params.get("filter") ?? "",
    placeholder: example,
  });
  complete(input, offers);
  return h(
    "form",
    {
      class: "filter",
      role: "search",
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
  );
}
