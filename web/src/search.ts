// SPDX-License-Identifier: Apache-2.0
// One field for what people have at hand: an address, prefix, AS, port, actor, country,
// family of programs, a filter, or a name.
import { h } from "./dom";
import { complete } from "./filter";
import { link } from "./view";

/** Where a search leads. */
export function target(text: string): string {
  const word = text.trim();
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(word) || /^[0-9a-f]*:[0-9a-f:.]+$/i.test(word)) return link("source", word);
  if (/^[0-9a-f.:]+\/\d{1,3}$/i.test(word)) return link("suspects", "", { filter: `src in ${word}` });
  if (/^asn?\s*\d{1,10}$/i.test(word)) return link("suspects", "", { filter: `asn = ${word.replace(/\D/g, "")}` });
  if (/^rel-[0-9a-f]{8}$/i.test(word)) return link("family", word.toLowerCase());
  if (/^nj-\d+$/i.test(word)) return link("actor", word.toUpperCase());
  if (/^\d{1,5}(\/(tcp|udp))?$/i.test(word) && parseInt(word, 10) < 65536) return link("port", String(parseInt(word, 10)));
  if (/^[A-Z]{2}$/.test(word)) return link("ports", "", { country: word });
  if (/[=<>~]|^(not\s+)?\(*[a-z_]+\s+(not\s+)?in\b/i.test(word)) return link("visits", "", { filter: word });
  return link("search", "", { q: word });
}

export function searchField(): HTMLElement {
  const offers = h("datalist", { id: "search-words" });
  const input = h("input", {
    type: "search",
    id: "search",
    list: "search-words",
    autocomplete: "off",
    spellcheck: "false",
    "aria-label": "Search: address, prefix, AS, port, actor, a name, or a filter",
    placeholder: "Address, AS, port, name, filter",
    title: "Press / to come here",
  });
  complete(input, offers, "visits");
  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof HTMLElement && event.target.matches("input, select, textarea");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    input.focus();
  });
  return h(
    "form",
    {
      class: "search",
      role: "search",
      "aria-label": "Search",
      onsubmit: (event: Event) => {
        event.preventDefault();
        if (!input.value.trim()) return;
        location.hash = target(input.value);
        input.blur();
      },
    },
    input,
    offers,
  );
}
