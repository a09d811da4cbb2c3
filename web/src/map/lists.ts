// SPDX-License-Identifier: Apache-2.0
// The lists beside the map: rankings of what was shown, the newest sessions, what was noticed.
// Each row opens what it names.
import { categories, category, portName } from "../category";
import { fill, h } from "../dom";
import { clock, country, minute, short } from "../format";
import type { Happening, Visit } from "../types";
import { meter } from "../ui";
import { link } from "../view";
import { Tally } from "./tally";

const LATEST = 9;
const HAPPENINGS = 30;

function panel(title: string, id: string, ...children: Node[]): HTMLElement {
  return h("section", { class: `side side-${id}`, "aria-labelledby": `side-${id}` }, h("h2", { id: `side-${id}` }, title), ...children);
}

function words(what: Happening): string {
  if (what.event === "hop") return `${what.source} → ${what.other}`;
  if (what.event === "joined" || what.event === "actor") return what.text;
  return `${what.source ?? what.actor ?? ""} ${what.text}`;
}

/* Show the rows that fit whole; a row cut in the middle is none. The lists share their room by what
 * all of their rows would take, so all are looked at before any row is taken away. */
function fit(lists: HTMLElement[]): void {
  const rows = lists.map((list) => [...list.children] as HTMLElement[]);
  for (const row of rows.flat()) row.hidden = false;
  const over = rows.map((of, index) => {
    const end = lists[index].getBoundingClientRect().bottom + 1;
    return of.filter((row, place) => place > 0 && row.getBoundingClientRect().bottom > end);
  });
  for (const row of over.flat()) row.hidden = true;
}

export class Lists {
  readonly left: HTMLElement;
  readonly right: HTMLElement;
  private readonly countries = h("ol", { class: "rank" });
  private readonly ports = h("ol", { class: "rank" });
  private readonly tools = h("ol", { class: "rank" });
  private readonly latest = h("ol", { class: "latest" });
  private readonly noticed = h("ol", { class: "noticed" });
  private readonly watcher = new ResizeObserver(() => this.fit());
  private visits: Visit[] = [];
  private happenings: Happening[] = [];

  constructor(private readonly open: (address: string) => void) {
    this.left = h(
      "div",
      { class: "sides sides-left" },
      panel("Source countries", "countries", this.countries),
      panel("Latest sessions", "latest", this.latest),
    );
    this.right = h(
      "div",
      { class: "sides sides-right" },
      panel("Ports sought", "ports", this.ports),
      panel("Tools", "tools", this.tools),
      panel("Noticed", "noticed", this.noticed),
    );
    this.watcher.observe(this.left);
    this.watcher.observe(this.right);
    this.clear();
  }

  destroy(): void {
    this.watcher.disconnect();
  }

  private fit(): void {
    fit([this.countries, this.ports, this.tools, this.latest, this.noticed]);
  }

  clear(): void {
    this.visits = [];
    this.happenings = [];
    this.draw(new Tally());
    this.drawNoticed();
  }

  add(visits: Visit[]): void {
    this.visits = visits.slice(-LATEST).reverse().concat(this.visits).slice(0, LATEST);
  }

  happened(what: Happening): void {
    this.happenings.unshift(what);
    this.happenings.length = Math.min(this.happenings.length, HAPPENINGS);
    this.drawNoticed();
    this.fit();
  }

  draw(tally: Tally): void {
    const rank = (list: HTMLElement, map: Map<string, number>, n: number, row: (key: string) => [Node | string, string]) => {
      const top = Tally.top(map, n);
      const most = top[0]?.[1] ?? 1;
      if (top.length === 0) return fill(list, h("li", { class: "quiet" }, "Nothing yet."));
      fill(
        list,
        top.map(([key, sessions]) => {
          const [label, style] = row(key);
          return h("li", {}, h("span", { class: "rank-name" }, label), meter(sessions / most, style), h("span", { class: "rank-count" }, short(sessions)));
        }),
      );
    };
    rank(this.countries, tally.countries, 8, (code) => [
      code ? h("a", { href: link("ports", "", { country: code }) }, country(code)) : "unknown",
      "",
    ]);
    rank(this.ports, tally.ports, 8, (name) => {
      const port = parseInt(name, 10);
      const style = `f-${categories[category(Number.isFinite(port) ? port : -1)].style}`;
      return [Number.isFinite(port) ? h("a", { class: "mono", href: link("port", String(port)) }, name) : name, style];
    });
    rank(this.tools, tally.tools, 5, (tool) => [h("a", { href: link("visits", "", { filter: `tool = "${tool}"` }) }, tool), ""]);
    this.drawLatest();
    this.fit();
  }

  private drawLatest(): void {
    if (this.visits.length === 0) return fill(this.latest, h("li", { class: "quiet" }, "Nothing yet."));
    fill(
      this.latest,
      this.visits.map((visit) =>
        h(
          "li",
          {},
          h(
            "button",
            { type: "button", class: "row", onclick: () => this.open(visit.src), title: `${visit.src}, ${country(visit.country)}, port ${portName(visit.dport, visit.proto)}, ${visit.tool ?? "unknown tool"}, at ${visit.sensor}` },
            h("span", { class: "quiet" }, clock(visit.ts)),
            h("span", { class: "ellipsis" }, visit.src),
            h("span", { class: "quiet" }, visit.country ?? "–"),
            h("span", { class: `t-${categories[category(visit.dport)].style}` }, portName(visit.dport, visit.proto)),
          ),
        ),
      ),
    );
  }

  private drawNoticed(): void {
    if (this.happenings.length === 0)
      return fill(this.noticed, h("li", { class: "quiet" }, "Hops, actors and changed levels come here."));
    const isHop = (what: Happening) => what.event === "hop";
    const ordered = [...this.happenings.filter(isHop), ...this.happenings.filter((what) => !isHop(what))];
    fill(
      this.noticed,
      ordered.slice(0, 5).map((what) =>
        h(
          "li",
          { class: what.event === "hop" ? "is-hop" : null },
          h(
            "button",
            { type: "button", class: "row", disabled: !what.source, title: what.text, onclick: () => what.source && this.open(what.source) },
            h("span", { class: "noticed-kind" }, what.event),
            h("span", { class: "quiet" }, minute(what.noticed ?? what.time)),
            h("span", { class: "ellipsis noticed-text" }, words(what)),
          ),
        ),
      ),
    );
  }
}
