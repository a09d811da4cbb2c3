// SPDX-License-Identifier: Apache-2.0
// What goes by a name: networks, countries, services, tools, actors, families of programs that the
// store holds something of.
import { rows } from "../api";
import { fill, h, type Child } from "../dom";
import { count, country } from "../format";
import type { Actor, Family, TopRow } from "../types";
import { actorLink, command, countryLink, empty, familyLink, later, portLink, section, table } from "../ui";
import { link } from "../view";
import type { Asked, Page } from "./page";

const SHOWN = 20;
const ALL = 10000;

interface Match {
  name: Child;
  what: Child;
  sessions: number | null;
  sources: number | null;
}

const match = (row: TopRow, name: Child, what: Child): Match => ({ name, what, sessions: row.sessions, sources: row.sources });

function group(title: string, found: Match[]): Child {
  if (found.length === 0) return null;
  return section(
    title,
    table<Match>(title, [
      { name: "Name", cell: (row) => row.name },
      { name: "", wide: true, cell: (row) => row.what },
      { name: "Sessions", right: true, cell: (row) => count(row.sessions) },
      { name: "Sources", right: true, minor: true, cell: (row) => count(row.sources) },
    ], found.slice(0, SHOWN)),
    found.length > SHOWN && h("p", { class: "quiet" }, `${count(found.length - SHOWN)} more: write more of the name.`),
  );
}

async function look(word: string, signal: AbortSignal): Promise<Child> {
  const has = (text: unknown) => typeof text === "string" && text.toLowerCase().includes(word.toLowerCase());
  const top = (field: string) => rows<TopRow>(`top/${field}`, { limit: ALL, all: true }, signal).then((answer) => answer.rows);
  const [networks, countries, ports, tools, actors, families] = await Promise.all([
    top("networks"),
    top("countries"),
    top("ports"),
    top("tools"),
    rows<Actor>("actors", { limit: ALL }, signal).then((answer) => answer.rows),
    rows<Family>("families", { limit: ALL }, signal).then((answer) => answer.rows),
  ]);
  const suspects = (filter: string, text: string) => h("a", { href: link("suspects", "", { filter }) }, text);
  const stored = (filter: string) => h("a", { href: link("visits", "", { filter }) }, "stored rows");
  const groups = [
    group("Countries", countries.filter((row) => row.country && has(country(String(row.country)))).map((row) => match(row, countryLink(String(row.country)), suspects(`country = ${row.country}`, "suspects")))),
    group("Networks", networks.filter((row) => has(row.as_name)).map((row) => match(row, suspects(`asn = ${row.asn}`, `AS${row.asn}`), [String(row.as_name), " · ", h("a", { href: link("ports", "", { filter: `asn = ${row.asn}` }) }, "ports"), " · ", stored(`asn = ${row.asn}`)]))),
    group("Ports", ports.filter((row) => has(row.service)).map((row) => match(row, portLink(Number(row.port), String(row.proto)), String(row.service)))),
    group("Tools", tools.filter((row) => has(row.tool)).map((row) => match(row, String(row.tool), stored(`tool = "${row.tool}"`)))),
    group("Actors", actors.filter((row) => has(row.actor) || has(row.label)).map((row) => ({ name: actorLink(row.actor), what: row.label ? String(row.label) : "", sessions: row.sessions ?? null, sources: row.size ?? null }))),
    group("Families of programs", families.filter((row) => has(row.name) || has(row.tool) || has(row.family)).map((row) => ({ name: familyLink(row.family), what: row.name ?? row.tool ?? "", sessions: null, sources: row.sources }))),
  ].filter(Boolean);
  if (groups.length > 0) return groups;
  return empty(
    `Nothing in the store goes by “${word}”.`,
    "An address, prefix, AS, port, actor or two-letter country finds its page; ",
    command("country = CN and dport = 22"),
    " is a filter.",
  );
}

export const searchPage: Page = {
  title: (view) => `Search: ${view.params.get("q") ?? ""}`,
  show(place, { view, signal }: Asked) {
    const word = (view.params.get("q") ?? "").trim();
    fill(
      place,
      h(
        "div",
        { class: "page" },
        h("div", { class: "page-head" }, h("h1", {}, word ? `“${word}”` : "Search"), h("p", { class: "quiet" }, "Networks, countries, services, tools, actors and families of programs by their names.")),
        word ? later(look(word, signal), (found) => found) : empty("Nothing to look for.", "Write a name in the field at the top."),
      ),
    );
  },
};
