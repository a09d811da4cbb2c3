// SPDX-License-Identifier: Apache-2.0
// The console: the bar at the top, and the page that its address names.
import { fill, h } from "./dom";
import { actorPage } from "./pages/actor";
import { briefPage, briefsPage } from "./pages/briefs";
import { familiesPage, familyPage } from "./pages/families";
import { healthPage } from "./pages/health";
import { hopPage } from "./pages/hop";
import { actorsPage, countriesPage, findingsPage, hopsPage, suspectsPage, visitsPage } from "./pages/lists";
import { mapPage } from "./pages/map";
import type { Page } from "./pages/page";
import { decisionsPage, feedsPage } from "./pages/policy";
import { portPage, portsPage } from "./pages/ports";
import { searchPage } from "./pages/search";
import { sourcePage } from "./pages/source";
import { close, openSource } from "./panel";
import { searchField } from "./search";
import * as theme from "./theme";
import { empty } from "./ui";
import { link, read } from "./view";

const pages: Record<string, Page> = {
  map: mapPage,
  suspects: suspectsPage,
  source: sourcePage,
  actors: actorsPage,
  actor: actorPage,
  families: familiesPage,
  family: familyPage,
  hops: hopsPage,
  hop: hopPage,
  ports: portsPage,
  port: portPage,
  countries: countriesPage,
  findings: findingsPage,
  visits: visitsPage,
  briefs: briefsPage,
  brief: briefPage,
  decisions: decisionsPage,
  feeds: feedsPage,
  health: healthPage,
  search: searchPage,
};

/* In the bar: name, page, and the pages that belong to it. */
const bar: [string, string, string[]][] = [
  ["Map", "map", []],
  ["Suspects", "suspects", ["source"]],
  ["Actors", "actors", ["actor"]],
  ["Hops", "hops", ["hop"]],
  ["Families", "families", ["family"]],
  ["Ports", "ports", ["port"]],
  ["Countries", "countries", []],
  ["Findings", "findings", []],
  ["Rows", "visits", []],
  ["Briefs", "briefs", ["brief"]],
  ["Decisions", "decisions", []],
  ["Feeds", "feeds", []],
  ["Health", "health", []],
];

let leave: (() => void) | null = null;
let asked: AbortController | null = null;

function top(): void {
  const place = document.getElementById("top");
  if (!place) return;
  fill(
    place,
    h("a", { class: "brand", href: link("map") }, "NIGHTJAR"),
    h("nav", { "aria-label": "Pages" }, bar.map(([name, page]) => h("a", { href: link(page), "data-page": page }, name))),
    searchField(),
    h("button", { type: "button", class: "small theme", "aria-label": "Dark or light", title: "Dark or light", onclick: theme.toggle }, "◐"),
  );
}

function show(): void {
  const view = read();
  const place = document.getElementById("main");
  if (!place) return;
  asked?.abort();
  leave?.();
  leave = null;
  close();
  asked = new AbortController();
  const page = pages[view.page];
  document.body.dataset.page = view.page;
  for (const anchor of document.querySelectorAll("#top nav a")) {
    const entry = bar.find(([, name]) => name === anchor.getAttribute("data-page"));
    const here = entry && (entry[1] === view.page || entry[2].includes(view.page));
    if (here) {
      anchor.setAttribute("aria-current", "page");
      anchor.scrollIntoView({ block: "nearest", inline: "nearest" });
    } else anchor.removeAttribute("aria-current");
  }
  if (!page) {
    document.title = "Nightjar";
    fill(place, h("div", { class: "page" }, empty("There is no such page.", h("a", { href: link("map") }, "To the map"))));
    return;
  }
  document.title = `${page.title(view)} · Nightjar`;
  leave = page.show(place, { view, signal: asked.signal }) ?? null;
  window.scrollTo(0, 0);
  const opened = view.params.get("open");
  if (view.page === "map" && opened) openSource(opened);
}

theme.start();
top();
window.addEventListener("hashchange", show);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") close();
});
document.querySelector(".skip")?.addEventListener("click", (event) => {
  event.preventDefault();
  document.getElementById("main")?.focus();
});
show();
