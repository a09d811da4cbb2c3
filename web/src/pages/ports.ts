// SPDX-License-Identifier: Apache-2.0
// The ranking of ports, of all or of one country, and the page of one port: what it is for, what is
// known to be done to it, and its history.
import { get, rows } from "../api";
import { categories, category } from "../category";
import { fill, h } from "../dom";
import { lanes } from "../figure";
import { count, country, minute, percent, periodStart } from "../format";
import type { TopRow } from "../types";
import { countryLink, empty, facts, fault, later, meter, portLink, section, sourceLink, table } from "../ui";
import { link } from "../view";
import { list } from "./list";
import type { Page } from "./page";

const WEEK = 7 * 86400e3;

export const portsPage: Page = {
  title: (view) => (view.params.get("country") ? `Ports, ${country(view.params.get("country"))}` : "Ports"),
  show(place, asked) {
    const { view, signal } = asked;
    const code = view.params.get("country");
    const filter = [code && /^[A-Z]{2}$/.test(code) && `country = ${code}`, view.params.get("filter") && `(${view.params.get("filter")})`].filter(Boolean).join(" and ");
    list<TopRow>(place, asked, {
      title: code ? `Ports sought from ${country(code)}` : "Ports",
      about: code ? h("a", { href: link("ports") }, "Ports sought from everywhere") : "What is sought, by sessions.",
      path: "top/ports",
      params: { filter: filter || null },
      filter: "class = scan and tool = zmap",
      show: ({ rows: found }) =>
        table("Ports", [
          { name: "Port", cell: (row) => portLink(Number(row.port), String(row.proto)) },
          { name: "Service", wraps: true, cell: (row) => String(row.service ?? "–") },
          { name: "Sessions", right: true, cell: (row) => count(row.sessions) },
          { name: "Sources", right: true, minor: true, cell: (row) => count(row.sources) },
          { name: "Share", right: true, cell: (row) => percent(row.share) },
          { name: "", unseen: "Share as a bar", wide: true, minor: true, cell: (row) => meter(row.share / (found[0]?.share || 1), `f-${categories[category(Number(row.port))].style}`) },
        ], found),
      empty: empty("No sessions.", "Nothing was sought here; ", h("a", { href: link("ports") }, "see all ports"), "."),
    });
    const page = place.querySelector(".page");
    page?.append(
      section(
        "By week",
        later(rows<TopRow>("top/ports", { by: "week", limit: 40, filter: filter || null }, signal), ({ rows: found }) => {
          const values = new Map<number, number[]>();
          for (const row of found) {
            const at = periodStart(String(row.period));
            const parts = values.get(at) ?? categories.map(() => 0);
            parts[category(Number(row.port))] += row.sessions;
            values.set(at, parts);
          }
          return lanes({
            title: "Sessions by what was sought (the 40 leading ports of each week)",
            series: categories.map((each) => ({ name: each.name, style: `c-${each.style}` })),
            lanes: [{ name: code ? country(code) : "all countries", values }],
            step_ms: WEEK,
            lane_height: 170,
          });
        }),
      ),
    );
  },
};

interface PortFacts {
  port: number;
  known: { proto: string; service: string | null; practice: string | null; category: string | null; known_for: string | null; risk: number | null; fact_source: string | null }[];
  first: string | null;
  last: string | null;
  sessions: number;
  sources: number;
}

function history(port: string, signal: AbortSignal): HTMLElement {
  return later(rows<TopRow>("top/ports", { by: "day", limit: 1, filter: `dport = ${port}` }, signal), ({ rows: found }) => {
    const values = new Map<number, number[]>(found.map((row) => [periodStart(String(row.period)), [row.sessions]]));
    const style = `c-${categories[category(Number(port))].style}`;
    return lanes({ title: `Sessions to port ${port}`, series: [{ name: `port ${port}`, style }], lanes: [{ name: "", values }], step_ms: 86400e3, lane_height: 150 });
  });
}

export const portPage: Page = {
  title: (view) => `Port ${view.rest}`,
  show(place, { view, signal }) {
    const port = view.rest.replace(/\D/g, "");
    const box = h("div", { class: "page" }, h("h1", {}, `Port ${port}`), h("p", { class: "waiting" }, "Asking the store…"));
    fill(place, box);
    const filter = `dport = ${port}`;
    get<PortFacts>(`port/${port}`, {}, signal).then(
      (known) => {
        fill(
          box,
          h("div", { class: "page-head" }, h("h1", {}, h("span", { class: `dot c-${categories[category(Number(port))].style}` }), ` Port ${port}`), h("p", { class: "quiet" }, categories[category(Number(port))].name)),
          facts([
            ["Sessions", count(known.sessions)],
            ["Sources", count(known.sources)],
            ["First", minute(known.first)],
            ["Last", minute(known.last)],
          ]),
          section(
            "What it is for",
            known.known.length > 0
              ? known.known.map((fact) => h("div", { class: "fact" }, h("h3", {}, `${fact.proto} · ${fact.service ?? fact.category ?? "unnamed"}`), h("p", {}, fact.practice), fact.known_for && h("p", {}, "Known for: ", fact.known_for), h("p", { class: "quiet" }, [fact.risk !== null && `risk ${fact.risk} of 1`, fact.fact_source && `source: ${fact.fact_source}`].filter(Boolean).join(" · "))))
              : empty("No facts on this port.", "data/ports.tsv is where they stand."),
          ),
          section("By day", history(port, signal)),
          h(
            "div",
            { class: "columns" },
            section("From where", later(rows<TopRow>("top/countries", { filter, limit: 12 }, signal), (answer) => table("Countries", [
              { name: "Country", cell: (row) => countryLink(row.country as string) },
              { name: "Sessions", right: true, cell: (row) => count(row.sessions) },
              { name: "Sources", right: true, cell: (row) => count(row.sources) },
              { name: "Share", right: true, cell: (row) => percent(row.share) },
            ], answer.rows))),
            section("By whom", later(rows<TopRow>("top/sources", { filter, limit: 12 }, signal), (answer) => table("Sources", [
              { name: "Source", cell: (row) => sourceLink(String(row.source)) },
              { name: "Sessions", right: true, cell: (row) => count(row.sessions) },
              { name: "Share", right: true, cell: (row) => percent(row.share) },
            ], answer.rows))),
          ),
          h("p", { class: "actions" }, h("a", { class: "button", href: link("visits", "", { filter }) }, "Stored rows")),
        );
      },
      (error: unknown) => {
        if (!signal.aborted) fill(box, h("h1", {}, `Port ${port}`), fault(error));
      },
    );
  },
};
