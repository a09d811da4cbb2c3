// SPDX-License-Identifier: Apache-2.0
// What others say of an address: places and networks by each database, the registry's record,
// reverse names, lists, routes, services; with its date, and where they contradict each other.
import { h, type Child } from "../dom";
import { count, country, day, minute, parse } from "../format";
import type { Source } from "../types";
import { asLink, command, empty, facts, section, table } from "../ui";

const when = (date: string | null) => (date ? day(parse(date)) : "not dated");

function places(source: Source): Child {
  const said = source.testimony ?? [];
  const disagreements = source.disagreements ?? [];
  if (said.length === 0) return empty("No installed database says anything of it.", command("nightjar doctor"), " tells which are looked for.");
  return [
    disagreements.length > 0 &&
      h("ul", { class: "disagreements" }, disagreements.map((each) => h("li", {}, h("b", {}, `Who answers differs on the ${each.field}: `), each.values))),
    table("Who says where it is", [
      { name: "Who says so", wraps: true, cell: (row) => row.source },
      { name: "Of when", minor: true, cell: (row) => when(row.date) },
      { name: "Country", cell: (row) => (row.country ? country(row.country) : "–") },
      { name: "Place", wraps: true, cell: (row) => [row.region, row.city].filter(Boolean).join(", ") || "–" },
      { name: "Network", minor: true, cell: (row) => (row.asn ? [asLink(row.asn), ` ${row.as_name ?? ""}`] : "–") },
      { name: "ISP, organisation", wide: true, minor: true, cell: (row) => [row.isp, row.organisation].filter(Boolean).join(", ") || "–" },
    ], said),
  ];
}

function registry(source: Source): Child {
  const records = source.registrations ?? [];
  if (records.length === 0)
    return empty("The registry was not asked.", command(`nightjar rdap ${source.source}`), " asks it, where the configuration allows that.");
  return records.map((each) =>
    each.range
      ? [
          facts([
            ["Registered to", each.organisation ?? "none named"],
            ["Abuse contact", each.abuse ?? "none named"],
            ["Network", each.network ?? each.handle ?? "–"],
            ["Range", h("span", { class: "mono" }, each.range)],
            ["Country of the registration", each.country ? country(each.country) : "–"],
            ["Registered", when(each.registered)],
            ["Changed", when(each.changed)],
          ]),
          h("p", { class: "quiet" }, `${each.server ?? "The registry"} by RDAP, asked on ${when(each.date)}. Where a network is registered is not where its hosts stand.`),
        ]
      : h("p", {}, `The registry has no record of it (${each.server ?? "RDAP"}, asked on ${when(each.date)}).`),
  );
}

function names(source: Source): Child {
  const list = source.names ?? [];
  if (list.length === 0) return empty("Reverse DNS was not asked.", command(`nightjar names ${source.source}`), " asks it.");
  return h(
    "ul",
    { class: "plain" },
    list.map((each) =>
      h("li", {}, h("span", { class: "mono break" }, each.name ?? "there is none"), h("span", { class: "quiet" }, [each.name && (each.confirmed === null ? "not checked whether it leads back" : each.confirmed ? "leads back to it" : "does not lead back"), `asked on ${when(each.date)}`].filter(Boolean).join(", "))),
    ),
  );
}

function lists(source: Source): Child {
  const list = source.lists ?? [];
  return (
    list.length > 0 && [
      h("h3", {}, "Lists of others"),
      table("Lists of others", [
        { name: "List", cell: (row) => row.list },
        { name: "Kind", minor: true, cell: (row) => row.kind },
        { name: "Entry", cell: (row) => h("span", { class: "mono" }, row.entry) },
        { name: "Says", wide: true, cell: (row) => row.label ?? "–" },
        { name: "Of when", minor: true, cell: (row) => when(row.date) },
      ], list),
    ]
  );
}

function routes(source: Source): Child {
  const list = source.routes ?? [];
  return (
    list.length > 0 && [
      h("h3", {}, "Routes"),
      table("Routes", [
        { name: "Prefix", cell: (row) => h("span", { class: "mono" }, row.prefix) },
        { name: "Origin", cell: (row) => asLink(row.origin) },
        { name: "First", cell: (row) => minute(row.first) },
        { name: "Last", cell: (row) => minute(row.last) },
        { name: "During its packets", minor: true, cell: (row) => (row.during_packets ? "yes" : "no") },
        { name: "Who says so", wide: true, minor: true, cell: (row) => row.source },
      ], list),
    ]
  );
}

function services(source: Source): Child {
  const list = source.services ?? [];
  return (
    list.length > 0 && [
      h("h3", {}, "What it offers itself"),
      h("ul", { class: "plain" }, list.map((each) => h("li", {}, `${each.port}/${each.proto} ${[each.service, each.product].filter(Boolean).join(", ")}`, h("span", { class: "quiet" }, `${each.source}, ${when(each.date)}`)))),
    ]
  );
}

/** The parts of a source's page that are not from its packets. */
export function testimony(source: Source): Child {
  const changes = source.route_changes?.length ?? 0;
  return [
    section("Where it is, and who says so", places(source), lists(source), routes(source), changes > 0 && h("p", { class: "quiet" }, `${count(changes)} changes of its routes were seen; the dossier lists them.`), services(source)),
    h("div", { class: "columns" }, section("Registry", registry(source)), section("Reverse name", names(source))),
  ];
}
