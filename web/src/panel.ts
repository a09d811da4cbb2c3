// SPDX-License-Identifier: Apache-2.0
// What is open beside the map: a source or a hop in short, with the way to all that is known.
import { get } from "./api";
import { fill, h } from "./dom";
import { bits, count, country, duration, minute, probability, since } from "./format";
import { evidence } from "./evidence";
import { receipt } from "./pages/receipt";
import type { Hop, Source } from "./types";
import { actorLink, asLink, facts, grade, later, level, portLink } from "./ui";
import { link, note } from "./view";

let back: Element | null = null;
let asked: AbortController | null = null;

export function close(): void {
  const panel = document.getElementById("panel");
  if (!panel || panel.hidden) return;
  panel.hidden = true;
  document.body.classList.remove("with-panel");
  asked?.abort();
  if (back instanceof HTMLElement && back.isConnected) back.focus();
  note({ open: null });
}

function open(title: string, more: string, ...content: Node[]): void {
  const panel = document.getElementById("panel");
  if (!panel) return;
  if (panel.hidden) back = document.activeElement;
  panel.setAttribute("aria-label", title);
  const shut = h("button", { type: "button", class: "small", "aria-label": "Close", onclick: close }, "✕");
  fill(
    panel,
    h("div", { class: "panel-head" }, h("h2", { class: "mono" }, title), shut),
    h("a", { class: "button panel-more", href: more }, "Open the whole page"),
    ...content,
  );
  panel.hidden = false;
  document.body.classList.add("with-panel");
  shut.focus({ preventScroll: true });
}

function hopLine(hop: Hop): HTMLElement {
  return h(
    "button",
    { type: "button", class: "hop-line", onclick: () => openHop(hop) },
    h("span", { class: "hop-pair" }, `${hop.from} → ${hop.to}`),
    h("span", {}, `${minute(hop.started)} · ${since(hop.gap_s)} · ${bits(hop.bits)} bits`),
  );
}

export function openSource(address: string): void {
  asked?.abort();
  asked = new AbortController();
  note({ open: address });
  open(
    address,
    link("source", address),
    later(get<Source>(`source/${address}`, {}, asked.signal), (source) => [
      h("p", { class: "panel-level" }, level(source.level, source.risk), source.risk !== undefined && ` risk ${source.risk?.toFixed(0)} of 100 · grade `, source.grade !== undefined && grade(source.grade)),
      facts([
        ["Actor", actorLink(source.actor)],
        ["Place", [source.city, source.region, country(source.country)].filter(Boolean).join(", ")],
        ["Network", [asLink(source.asn), ` ${source.as_name ?? ""}`]],
        ["Sessions", count(source.sessions)],
        ["First", minute(source.first)],
        ["Last", minute(source.last)],
      ]),
      (source.hops?.length ?? 0) > 0 && [h("h3", {}, "Hops"), source.hops?.map(hopLine)],
      source.receipt && [h("h3", {}, "Why this risk"), receipt(source.receipt)],
      h("h3", {}, "Ports sought"),
      h("ul", { class: "plain" }, source.ports.slice(0, 8).map((each) => h("li", {}, portLink(each.port, each.proto), h("span", { class: "right" }, count(each.sessions))))),
    ]),
  );
}

export function openHop(hop: Hop): void {
  asked?.abort();
  asked = new AbortController();
  note({ open: null });
  open(
    "Hop",
    link("hop", `${hop.from}>${hop.to}`, { started: hop.started }),
    h("p", { class: "hop-title" }, h("a", { class: "mono", href: link("source", hop.from) }, hop.from), h("span", { class: "hop-arrow", "aria-label": "moved to" }, "⇉"), h("a", { class: "mono", href: link("source", hop.to) }, hop.to)),
    facts([
      ["Actor", actorLink(hop.actor)],
      ["Probability", probability(hop.probability)],
      ["The old one stopped", minute(hop.stopped)],
      ["The new one began", minute(hop.started)],
      ["Between them", duration(hop.gap_s)],
      ["Noticed", minute(hop.noticed)],
    ]),
    h("h3", {}, "Evidence"),
    evidence(hop),
  );
}
