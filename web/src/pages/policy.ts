// SPDX-License-Identifier: Apache-2.0
// What the policy decides, and the feeds that carry it to those who act on it.
import { rows, save } from "../api";
import { fill, h } from "../dom";
import { count, minute, probability } from "../format";
import { actorLink, command, empty, grade, later, level, sourceLink, table } from "../ui";
import { link } from "../view";
import { list } from "./list";
import type { Page } from "./page";

interface Decision {
  net: string;
  action: string;
  state: string;
  since: string;
  until: string;
  risk: number;
  level: string;
  grade: string;
  actor: string | null;
  hop: number | null;
  hop_from: string | null;
  rule: string | null;
  reason: string | null;
}

const isAddress = (net: string) => !net.includes("/");

export const decisionsPage: Page = {
  title: () => "Decisions",
  show: (place, asked) => {
    const params = asked.view.params;
    const all = params.get("all") === "true";
    const action = params.get("action");
    const choice = (name: string, value: string | null) =>
      h("a", { class: "button", href: link("decisions", "", { action: value, all: all ? "true" : null }), "aria-current": action === value ? "true" : null }, name);
    list<Decision>(place, asked, {
      title: "Decisions",
      about: [
        "What the policy says to do, with whom, why and until when; the worst first. ",
        h("a", { href: link("decisions", "", { action, all: all ? null : "true" }) }, all ? "Only those that count now" : "Ended and allowed ones too"),
        h("span", { class: "actions" }, choice("All", null), choice("Block", "block"), choice("Quarantine", "quarantine"), choice("Monitor", "monitor")),
      ],
      path: "decisions",
      params: { all: all || null, action, source: params.get("source") },
      show: ({ rows: found }) =>
        table("Decisions", [
          { name: "Address", wraps: true, cell: (row) => (isAddress(row.net) ? sourceLink(row.net) : h("span", { class: "mono" }, row.net)) },
          { name: "Action", cell: (row) => h("b", {}, row.action) },
          ...(all ? [{ name: "State", minor: true, cell: (row: Decision) => row.state }] : []),
          { name: "Since", minor: true, cell: (row) => minute(row.since) },
          { name: "Until", cell: (row) => minute(row.until) },
          { name: "Level", minor: true, cell: (row) => level(row.level, row.risk) },
          { name: "Grade", minor: true, cell: (row) => grade(row.grade) },
          { name: "Actor", minor: true, cell: (row) => actorLink(row.actor) },
          {
            name: "Because",
            wide: true,
            minor: true,
            cell: (row) => [row.hop_from && ["came from ", sourceLink(row.hop_from), ` (${probability(row.hop ?? 0)}); `], row.reason, row.rule && h("span", { class: "quiet" }, ` (rule ${row.rule})`)],
          },
        ], found),
      empty: empty("No decisions.", "The policy decides nothing here; ", command("nightjar policy show"), " says which one is in force."),
    });
  },
};

interface Feed {
  feed: string;
  summary: string;
  path: string;
  media_type: string;
  actions: string;
  entries: number;
  cut: number;
  etag: string | null;
}

const url = (path: string) => new URL(`.${path}`, new URL(".", location.href)).href;

export const feedsPage: Page = {
  title: () => "Feeds",
  show(place, { signal }) {
    const answer = h("p", { class: "form-answer", role: "status" });
    fill(
      place,
      h(
        "div",
        { class: "page" },
        h(
          "div",
          { class: "page-head" },
          h("h1", {}, "Feeds"),
          h("p", { class: "quiet" }, "The ", h("a", { href: link("decisions") }, "decisions"), " in the formats of those who act on them. Where the service wants tokens, give a consumer one with the scope ", command("feeds"), ", as a password of any user or as a bearer. A list that has not changed is answered with 304."),
        ),
        later(rows<Feed>("feeds", {}, signal), (feeds) =>
          table<Feed>("Feeds", [
            { name: "Feed", wraps: true, cell: (row) => h("a", { href: url(row.path), class: "mono", title: "Save the list as it is now", onclick: (event: Event) => take(event, row, answer) }, row.feed) },
            { name: "Entries", right: true, cell: (row) => count(row.entries) },
            { name: "Left out", right: true, minor: true, cell: (row) => (row.cut > 0 ? count(row.cut) : "–") },
            { name: "Carries", minor: true, cell: (row) => row.actions.replace(/,/g, ", ") },
            { name: "For", wide: true, cell: (row) => row.summary },
              { name: "Address and ETag", wide: true, minor: true, cell: (row) => [command(url(row.path)), h("br"), h("span", { class: "mono quiet" }, row.etag ?? "a folder")] },
          ], feeds.rows),
        ),
        answer,
        h("p", { class: "quiet" }, "TAXII 2.1: ", command(url("/taxii2/")), ", collections ", command("decisions"), " and ", command("enforced"), "."),
      ),
    );
  },
};

/* A click saves the list, with this tab's token. */
function take(event: Event, feed: Feed, answer: HTMLElement): void {
  event.preventDefault();
  save(`../..${feed.path}`).catch((error: Error) => fill(answer, `${feed.feed}: ${error.message}`));
}
