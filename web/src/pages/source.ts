// SPDX-License-Identifier: Apache-2.0
// All that is known of one address.
import { get, rows } from "../api";
import { fill, h, type Child } from "../dom";
import { count, country, minute, parse } from "../format";
import { timeline } from "../figures";
import type { Hop, Link, Source } from "../types";
import { actorLink, asLink, capital, empty, facts, familyLink, fault, grade, later, level, meter, portLink, section, table } from "../ui";
import { link } from "../view";
import type { Page } from "./page";
import { hopTable, linkList, notes, takeAlong } from "./parts";
import { receipt } from "./receipt";
import { testimony } from "./testimony";

const LANES = 4;
const stateName = (name: string) => capital(name.replace(/_/g, " "));

/* Its rows. An IPv6 source is told by the first address of its /64, and has all of it. */
function ofSource(address: string): string {
  const isNet = address.endsWith("::") && address.split(":").filter(Boolean).length <= 4;
  return isNet ? `src in ${address}/64` : `src = ${address}`;
}

/* In the order in which the sender used them, the eldest above. */
function lanesOf(source: Source, hops: Hop[]): string[] {
  const inOrder = [...hops].sort((a, b) => parse(a.started) - parse(b.started)).flatMap((hop) => [hop.from, hop.to]);
  const all = [...new Set([...inOrder, source.source])];
  const shown = all.slice(0, LANES);
  return shown.includes(source.source) ? shown : [source.source, ...shown.slice(1)];
}

function shares(values: Record<string, number>): HTMLElement {
  const list = Object.entries(values).sort((a, b) => b[1] - a[1]);
  const most = list[0]?.[1] ?? 1;
  return h("ol", { class: "rank" }, list.map(([name, n]) => h("li", {}, h("span", { class: "rank-name" }, name), meter(n / most), h("span", { class: "rank-count" }, count(n)))));
}

function head(source: Source): HTMLElement {
  const spread = source.source_ports;
  const disputed = (source.disagreements ?? []).map((each) => (each.field === "asn" ? "AS" : each.field));
  return h(
    "div",
    { class: "hero" },
    h("div", { class: "hero-name" }, h("h1", { class: "mono" }, source.source), h("p", {}, [source.city, source.region, country(source.country)].filter(Boolean).join(", "), " · ", asLink(source.asn), ` ${source.as_name ?? ""}`, disputed.length > 0 && h("span", { class: "quiet" }, ` · disputed: ${disputed.join(", ")}`))),
    source.risk !== undefined && source.risk !== null && h("div", { class: "hero-risk" }, h("span", { class: "risk-number" }, source.risk.toFixed(0)), level(source.level, source.risk), h("span", { class: "quiet" }, "risk of 100 · grade ", grade(source.grade))),
    facts([
      ["Actor", actorLink(source.actor)],
      ["Sessions", count(source.sessions)],
      ["First", minute(source.first)],
      ["Last", minute(source.last)],
      ["Source ports", spread?.max ? `${spread.min}–${spread.max}, ${spread.exact ? "" : "at least "}${count(spread.distinct)} different` : "–"],
      ["Stage", source.stage ? `${stateName(source.stage)}${source.technique ? ` (${source.technique})` : ""}` : "–"],
    ]),
  );
}

/* Why the history may end higher than the head of the page: a falling risk has no rows of its own. */
function fallen(source: Source): Child {
  if (!source.scored || source.risk === undefined || source.risk === null) return null;
  return h("p", { class: "quiet" }, `It was scored last on ${minute(source.scored)} UTC, and falls from there: as of the last packet in the store it is ${source.risk.toFixed(0)} of 100, ${source.level}.`);
}

function draw(place: HTMLElement, source: Source, signal: AbortSignal, again: () => void): void {
  const hops = source.hops ?? [];
  const accepted = hops.filter((hop) => hop.state === "accepted");
  const addresses = lanesOf(source, accepted);
  const span = parse(source.last) - parse(source.first);
  const address = source.source;
  const first = source.first ? minute(source.first).replace(" ", "T") + ":00Z" : "";
  fill(
    place,
    head(source),
    h(
      "p",
      { class: "actions" },
      h("a", { class: "button", href: link("map", "", { at: first, speed: 3600, filter: ofSource(address) }) }, "Replay it on the map"),
      h("a", { class: "button", href: link("visits", "", { filter: ofSource(address) }) }, "Stored rows"),
      h("a", { class: "button", href: link("decisions", "", { source: address, all: "true" }) }, "Decisions"),
      takeAlong(address),
    ),
    section("Timeline", timeline(addresses, accepted, span, signal)),
    hops.length > 0 && section("Hops", hopTable(hops)),
    h(
      "div",
      { class: "columns" },
      source.receipt && section("Why this risk", receipt(source.receipt), source.grade_reason && h("p", { class: "quiet" }, `Grade ${source.grade}: ${source.grade_reason}.`)),
      h(
        "div",
        {},
        section(
          "Ports sought",
          h("ol", { class: "rank" }, source.ports.slice(0, 20).map((each) => h("li", {}, h("span", { class: "rank-name" }, portLink(each.port, each.proto)), meter(each.sessions / (source.ports[0]?.sessions || 1)), h("span", { class: "rank-count" }, count(each.sessions))))),
          source.ports.length > 20 && h("p", { class: "quiet" }, `and ${source.ports.length - 20} more`),
        ),
        section("Tools, classes, sensors", h("h3", {}, "Tool"), shares(source.tools), h("h3", {}, "Class"), shares(source.classes), h("h3", {}, "Rule"), shares(source.rules), h("h3", {}, "Sensor"), shares(source.sensors)),
        source.stacks.length > 0 &&
          section("TCP stacks", h("ul", { class: "plain" }, source.stacks.map((each) => h("li", {}, h("span", { class: "mono break" }, each.stack), h("span", { class: "right" }, count(each.sessions)))))),
      ),
    ),
    (source.relations?.length ?? 0) > 0 &&
      section(
        "Relations between header fields",
        table("Relations", [
          { name: "Family", cell: (row) => familyLink(row.family) },
          { name: "Program", cell: (row) => row.name ?? row.tool ?? "nobody's so far" },
          { name: "Bits", right: true, minor: true, cell: (row) => count(row.bits) },
          { name: "Packets", right: true, minor: true, cell: (row) => count(row.packets) },
          { name: "In words", wide: true, cell: (row) => row.words ?? "–" },
        ], source.relations ?? []),
      ),
    (source.levels?.length ?? 0) > 0 &&
      section(
        "History of its level",
        table("History of the level", [
          { name: "When", wraps: true, cell: (row) => minute(row.at) },
          { name: "Level", cell: (row) => level(row.level, row.risk) },
          { name: "Risk", right: true, minor: true, cell: (row) => row.risk.toFixed(0) },
          { name: "Because", wide: true, cell: (row) => row.reason },
        ], source.levels ?? []),
        fallen(source),
      ),
    (source.episodes?.length ?? 0) > 0 &&
      section(
        "Episodes",
        table("Episodes", [
          { name: "First", wraps: true, cell: (row) => minute(row.first) },
          { name: "Last", wraps: true, cell: (row) => minute(row.last) },
          { name: "State", cell: (row) => row.state },
          { name: "Sessions", right: true, cell: (row) => count(row.sessions) },
          { name: "Targets, at least", right: true, minor: true, cell: (row) => (row.targets > 0 ? count(row.targets) : "not told") },
          { name: "Leading ports", minor: true, cell: (row) => h("span", { class: "mono" }, row.top_ports) },
          { name: "Tool", minor: true, cell: (row) => row.tool ?? "unknown" },
        ], source.episodes ?? []),
      ),
    testimony(source),
    section(
      "Links",
      later(rows<Link>("links", { source: address }, signal), (answer) =>
        answer.rows.length > 0 ? linkList(answer.rows) : empty("No link to another address.", "Links need episodes long enough to compare."),
      ),
    ),
    section("Notes", notes(address, source.notes ?? [], again)),
  );
}

export const sourcePage: Page = {
  title: (view) => view.rest || "Source",
  show(place, { view, signal }) {
    const box = h("div", { class: "page" }, h("p", { class: "waiting" }, "Asking the store…"));
    fill(place, box);
    const ask = () =>
      get<Source>(`source/${encodeURIComponent(view.rest)}`, {}, signal).then(
        (source) => draw(box, source, signal, ask),
        (error: unknown) => {
          if (!signal.aborted) fill(box, h("h1", { class: "mono" }, view.rest), fault(error));
        },
      );
    void ask();
  },
};
