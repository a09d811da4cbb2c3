// SPDX-License-Identifier: Apache-2.0
// One actor: its addresses on one axis of time, its hops, links and notes.
import { get } from "../api";
import { fill, h } from "../dom";
import { timeline } from "../figures";
import { count, minute, parse } from "../format";
import type { Actor, Hop, Suspect } from "../types";
import { asLink, countryLink, facts, fault, grade, level, section, sourceLink, table } from "../ui";
import type { Page } from "./page";
import { hopTable, linkList, notes, takeAlong } from "./parts";

type Member = Suspect & { from: string; to: string | null };
const LANES = 8;

function draw(box: HTMLElement, actor: Actor, signal: AbortSignal, again: () => void): void {
  const members = (actor.sources as Member[]).slice().sort((a, b) => parse(a.first) - parse(b.first));
  const hops = (actor.hops ?? []) as Hop[];
  fill(
    box,
    h(
      "div",
      { class: "hero" },
      h("div", { class: "hero-name" }, h("h1", { class: "mono" }, actor.actor), h("p", {}, actor.label ?? (actor.declared ? "declared by its operator" : `${count(actor.size)} addresses held for one operator`))),
      actor.risk !== null && h("div", { class: "hero-risk" }, h("span", { class: "risk-number" }, actor.risk.toFixed(0)), level(actor.level, actor.risk), h("span", { class: "quiet" }, "risk of 100, of its addresses together")),
      facts([
        ["Addresses", count(actor.size)],
        ["Hops", count(hops.length)],
        ["Sessions", count(actor.sessions)],
        ["First", minute(actor.first)],
        ["Last", minute(actor.last)],
      ]),
    ),
    h("p", { class: "actions" }, takeAlong(actor.actor)),
    section(
      "Its addresses over time",
      timeline(members.slice(0, LANES).map((each) => each.source), hops, parse(actor.last) - parse(actor.first), signal),
      members.length > LANES && h("p", { class: "quiet" }, `The first ${LANES} of ${members.length}.`),
    ),
    hops.length > 0 && section("Hops", hopTable(hops)),
    section(
      "Addresses",
      table<Member>("Addresses", [
        { name: "Source", wraps: true, cell: (row) => sourceLink(row.source) },
        { name: "Level", cell: (row) => level(row.level, row.risk) },
        { name: "Grade", minor: true, cell: (row) => grade(row.grade) },
        { name: "Country", minor: true, cell: (row) => countryLink(row.country) },
        { name: "Network", minor: true, cell: (row) => asLink(row.asn) },
        { name: "Sessions", right: true, cell: (row) => count(row.sessions) },
        { name: "First", minor: true, cell: (row) => minute(row.first) },
        { name: "Last", minor: true, cell: (row) => minute(row.last) },
        { name: "Member since", wraps: true, cell: (row) => minute(row.from) },
      ], members),
    ),
    (actor.links?.length ?? 0) > 0 && section("Links", linkList(actor.links ?? [])),
    section("Notes", notes(actor.actor, actor.notes ?? [], again)),
  );
}

export const actorPage: Page = {
  title: (view) => view.rest || "Actor",
  show(place, { view, signal }) {
    const box = h("div", { class: "page" }, h("p", { class: "waiting" }, "Asking the store…"));
    fill(place, box);
    const ask = () =>
      get<Actor>(`actor/${encodeURIComponent(view.rest)}`, {}, signal).then(
        (actor) => draw(box, actor, signal, ask),
        (error: unknown) => {
          if (!signal.aborted) fill(box, h("h1", { class: "mono" }, view.rest), fault(error));
        },
      );
    void ask();
  },
};
