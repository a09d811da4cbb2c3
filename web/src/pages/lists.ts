// SPDX-License-Identifier: Apache-2.0
// Suspects, actors, hops, findings, stored rows.
import { h } from "../dom";
import { count, country, minute, percent, second } from "../format";
import type { Actor, Hop, Suspect, Visit } from "../types";
import { actorLink, asLink, command, countryLink, empty, grade, level, portLink, sourceLink, table } from "../ui";
import { link } from "../view";
import { list } from "./list";
import type { Page } from "./page";
import { hopTable } from "./parts";

export const suspectsPage: Page = {
  title: () => "Suspects",
  show: (place, asked) =>
    list<Suspect>(place, asked, {
      title: "Suspects",
      about: "Sources by risk, the worst first. Each risk has a receipt: open a source to read it.",
      path: "suspects",
      filter: "country = CN and level in (HIGH, EXTREME)",
      of: "suspects",
      show: ({ rows }) =>
        table("Suspects", [
          { name: "Source", wraps: true, cell: (row) => sourceLink(row.source) },
          { name: "Risk", right: true, cell: (row) => h("b", {}, row.risk.toFixed(0)) },
          { name: "Level", cell: (row) => level(row.level, row.risk) },
          { name: "Grade", minor: true, cell: (row) => grade(row.grade) },
          { name: "Actor", cell: (row) => actorLink(row.actor) },
          { name: "Country", minor: true, cell: (row) => countryLink(row.country) },
          { name: "Network", minor: true, cell: (row) => asLink(row.asn) },
          { name: "Sessions", right: true, minor: true, cell: (row) => count(row.sessions) },
          { name: "Last", minor: true, cell: (row) => minute(row.last) },
          { name: "Because", wide: true, minor: true, cell: (row) => row.reason ?? "" },
        ], rows),
      empty: empty("No suspects.", "Scores are made at the end of each ", command("nightjar ingest"), " and after each commit of a capture."),
    }),
};

export const actorsPage: Page = {
  title: () => "Actors",
  show: (place, asked) =>
    list<Actor>(place, asked, {
      title: "Actors",
      about: "Sources that are held for one operator, under a name that lasts.",
      path: "actors",
      filter: "size > 2 and level in (HIGH, EXTREME)",
      of: "actors",
      show: ({ rows }) =>
        table("Actors", [
          { name: "Actor", cell: (row) => actorLink(row.actor) },
          { name: "Level", cell: (row) => level(row.level, row.risk) },
          { name: "Addresses", right: true, cell: (row) => count(row.size) },
          { name: "Hops", right: true, cell: (row) => count(typeof row.hops === "number" ? row.hops : row.hops?.length) },
          { name: "Sessions", right: true, cell: (row) => count(row.sessions) },
          { name: "First", minor: true, cell: (row) => minute(row.first) },
          { name: "Last", minor: true, cell: (row) => minute(row.last) },
          { name: "Its addresses", wide: true, minor: true, cell: (row) => some(row.sources as string[]) },
        ], rows),
      empty: empty("No actors yet.", "An actor appears when a link between two addresses is accepted; see ", h("a", { href: link("hops") }, "hops"), "."),
    }),
};

const some = (sources: string[]) => [
  sources.slice(0, 4).map((each, index) => [index > 0 && ", ", sourceLink(each)]),
  sources.length > 4 && ` and ${sources.length - 4} more`,
];

export const hopsPage: Page = {
  title: () => "Hops",
  show: (place, asked) => {
    const all = asked.view.params.get("all") === "true";
    list<Hop>(place, asked, {
      title: "Hops",
      about: [
        "Who carried on for whom: one address went quiet, another goes on with the same work. ",
        h("a", { href: link("hops", "", { all: all ? null : "true", filter: asked.view.params.get("filter") }) }, all ? "Accepted ones only" : "Tentative and withdrawn ones too"),
      ],
      path: "hops",
      params: { all: all || null },
      filter: "from in 218.77.79.0/24 and bits > 20",
      of: "hops",
      show: ({ rows }) => hopTable(rows),
      empty: empty("No hops.", "One is stated when an address falls silent and another takes over its work, with enough evidence."),
    });
  },
};

/** A small share, as people read it. */
function chance(q: number | null): string {
  if (q === null) return "–";
  return q < 1e-4 ? "< 0.01 %" : `${(q * 100).toPrecision(2)} %`;
}

interface Row extends Omit<Visit, "proto"> {
  proto: number;
}

interface Finding {
  kind: string;
  port: number;
  proto: string;
  country: string | null;
  week: string;
  count: number;
  baseline: number | null;
  ratio: number | null;
  q: number | null;
  unit: string;
  state: string;
  text: string;
}

export const findingsPage: Page = {
  title: () => "Findings",
  show: (place, asked) => {
    const code = asked.view.params.get("country");
    list<Finding>(place, asked, {
      title: code ? `Findings, ${country(code)}` : "Findings",
      about: "What changed, by week: newcomers, bursts, neighbours of known ports, shares; each against its baseline.",
      path: "findings",
      params: { country: code },
      filter: "dport in 3380-3400",
      show: ({ rows }) =>
        table("Findings", [
          { name: "Week", cell: (row) => h("span", { class: "mono" }, row.week) },
          { name: "Kind", minor: true, cell: (row) => row.kind },
          { name: "Port", cell: (row) => portLink(row.port, row.proto) },
          { name: "Where", minor: true, cell: (row) => (row.country ? countryLink(row.country) : "all") },
          { name: "Count", right: true, minor: true, cell: (row) => `${count(row.count)} ${row.unit}` },
          { name: "Expected", right: true, minor: true, cell: (row) => (row.baseline === null ? "–" : row.baseline < 10 ? row.baseline.toFixed(1) : count(Math.round(row.baseline))) },
          { name: "q", right: true, minor: true, title: "q: the share of false ones among the findings that are as sure as this one or surer", cell: (row) => chance(row.q) },
          { name: "In words", wide: true, cell: (row) => row.text },
        ], rows),
      empty: empty("No findings.", "They need some weeks of data to compare with."),
    });
  },
};

export const visitsPage: Page = {
  title: () => "Stored rows",
  show: (place, asked) => {
    list<Row>(place, asked, {
      title: "Stored rows",
      about: "Visits as they stand in the store, in the order of time.",
      path: "visits",
      filter: "country = CN and dport in (1433, 3306)",
      show: ({ rows }) =>
        table("Visits", [
          { name: "Time", wraps: true, cell: (row) => h("span", { class: "mono" }, second(row.ts)) },
          { name: "Source", wraps: true, cell: (row) => sourceLink(row.src) },
          { name: "Country", minor: true, cell: (row) => countryLink(row.country) },
          { name: "Network", minor: true, cell: (row) => asLink(row.asn) },
          { name: "Port", cell: (row) => portLink(row.dport, row.proto) },
          { name: "Sessions", right: true, cell: (row) => count(row.sessions) },
          { name: "Class", minor: true, cell: (row) => row.class },
          { name: "Tool", minor: true, cell: (row) => row.tool ?? "unknown" },
          { name: "Application", minor: true, cell: (row) => row.app ?? "–" },
          { name: "Sensor", minor: true, cell: (row) => row.sensor },
        ], rows),
      empty: empty("No rows.", "Take a capture or a log in with ", command("nightjar ingest FILE"), "."),
    });
  },
};

interface TopCountry {
  country: string | null;
  sessions: number;
  sources: number;
  share: number;
  cumulative: number;
}

export const countriesPage: Page = {
  title: () => "Countries",
  show: (place, asked) =>
    list<TopCountry>(place, asked, {
      title: "Countries",
      about: "Where sessions come from, as the geo data says. Addresses say little about people.",
      path: "top/countries",
      filter: "country = CN and dport in (1433, 3306)",
      show: ({ rows, left_out: _ }) =>
        table("Countries", [
          { name: "Country", cell: (row) => countryLink(row.country) },
          { name: "Sessions", right: true, cell: (row) => count(row.sessions) },
          { name: "Sources", right: true, cell: (row) => count(row.sources) },
          { name: "Share", right: true, cell: (row) => percent(row.share) },
          { name: "Together", right: true, minor: true, cell: (row) => percent(row.cumulative) },
          { name: "Ask on", wide: true, minor: true, cell: (row) => row.country && [h("a", { href: link("ports", "", { country: row.country }) }, "ports"), " · ", h("a", { href: link("suspects", "", { filter: `country = ${row.country}` }) }, "suspects"), " · ", h("a", { href: link("findings", "", { country: row.country }) }, "findings")] },
        ], rows),
      empty: empty("No sessions.", "Take a capture in with ", command("nightjar ingest FILE"), "."),
    }),
};
