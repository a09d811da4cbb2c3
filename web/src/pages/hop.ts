// SPDX-License-Identifier: Apache-2.0
// The story of one hop: both addresses side by side on one axis of time, what is the same, what is
// not, and the evidence in bits.
import { get, rows } from "../api";
import { fill, h, type Child } from "../dom";
import { evidence } from "../evidence";
import { timeline } from "../figures";
import { count, country, duration, iso, minute, parse, probability } from "../format";
import type { Hop, Source } from "../types";
import { actorLink, asLink, empty, facts, fault, level, section, sourceLink, table } from "../ui";
import { link } from "../view";
import type { Page } from "./page";

interface Pair {
  name: string;
  old: Child;
  new: Child;
}

function compare(a: Source, b: Source): HTMLElement {
  const ports = (source: Source) => source.ports.map((each) => each.port).sort((x, y) => x - y).join(" ");
  const spread = (source: Source) => (source.source_ports?.max ? `${source.source_ports.min}–${source.source_ports.max}` : "–");
  const pair = (name: string, of: (source: Source) => Child): Pair => ({ name, old: of(a), new: of(b) });
  return table<Pair>(
    "Both addresses side by side",
    [
      { name: "", cell: (row) => row.name },
      { name: `${a.source} (old)`, wraps: true, cell: (row) => row.old },
      { name: `${b.source} (new)`, wraps: true, cell: (row) => row.new },
    ],
    [
      pair("Level", (each) => level(each.level, each.risk)),
      pair("Place", (each) => [each.city, country(each.country)].filter(Boolean).join(", ")),
      pair("Network", (each) => [asLink(each.asn), ` ${each.as_name ?? ""}`]),
      pair("Active", (each) => `${minute(each.first)} to ${minute(each.last)}`),
      pair("Sessions", (each) => count(each.sessions)),
      pair("Ports sought", (each) => h("span", { class: "mono break" }, ports(each).slice(0, 160))),
      pair("Source ports", spread),
      pair("Stack", (each) => h("span", { class: "mono break" }, each.stacks[0]?.stack ?? "–")),
      pair("Tool", (each) => Object.keys(each.tools).join(", ")),
    ],
  );
}

function draw(box: HTMLElement, hop: Hop, a: Source, b: Source, hops: Hop[], signal: AbortSignal): void {
  const first = Math.min(parse(a.first), parse(b.first));
  const last = Math.max(parse(a.last), parse(b.last));
  const before = iso(parse(hop.stopped) - 1800e3);
  fill(
    box,
    h(
      "div",
      { class: "hop-hero" },
      h("p", { class: "quiet" }, hop.kind === "return" ? "A move back" : hop.kind === "split" ? "A split" : "A hop", " of ", actorLink(hop.actor)),
      h("h1", { class: "hop-title" }, sourceLink(hop.from), h("span", { class: "hop-arrow", "aria-label": "moved to" }, "⇉"), sourceLink(hop.to)),
      h("p", { class: "hop-story" }, `${hop.from} fell silent on ${minute(hop.stopped)}. ${hop.to} began ${duration(Math.abs(hop.gap_s))} ${hop.gap_s < 0 ? "before that" : "later"}, and goes on with the same work. Nightjar holds them for one sender with a probability of ${probability(hop.probability)}.`),
      facts([
        ["Stopped", minute(hop.stopped)],
        ["Began", minute(hop.started)],
        ["Noticed", minute(hop.noticed)],
        ["Stated", minute(hop.stated)],
        ["Kind", hop.kind],
        ["State", hop.state],
      ]),
      h("p", { class: "actions" }, h("a", { class: "button", href: link("map", "", { at: before, speed: 1800 }) }, "See it happen on the map")),
    ),
    section("Both on one axis of time", timeline([hop.from, hop.to], hops, last - first, signal)),
    section("Evidence in bits", evidence(hop)),
    section("Side by side", compare(a, b)),
  );
}

export const hopPage: Page = {
  title: (view) => `Hop ${view.rest.replace(">", " to ")}`,
  show(place, { view, signal }) {
    const [from, to] = view.rest.split(">");
    const started = view.params.get("started");
    const box = h("div", { class: "page" }, h("p", { class: "waiting" }, "Asking the store…"));
    fill(place, box);
    const ask = async () => {
      const answer = await rows<Hop>("hops", { source: from, all: true, limit: 200 }, signal);
      const between = answer.rows.filter((each) => [each.from, each.to].includes(to));
      const hop = between.find((each) => each.from === from && each.to === to && (!started || each.started === started));
      if (!hop) return fill(box, h("h1", {}, "Hop"), empty("There is no such hop now.", h("a", { href: link("hops") }, "See all hops"), "; more data may have withdrawn it."));
      const [a, b] = await Promise.all([get<Source>(`source/${from}`, {}, signal), get<Source>(`source/${to}`, {}, signal)]);
      return draw(box, hop, a, b, between.filter((each) => each.state === "accepted" || each === hop), signal);
    };
    ask().catch((error: unknown) => {
      if (!signal.aborted) fill(box, h("h1", {}, "Hop"), fault(error));
    });
  },
};
