// SPDX-License-Identifier: Apache-2.0
// Programs by the relations between the header fields that they write: all of them, and one with
// those who use it. An analyst gives it a name here.
import { get, post } from "../api";
import { fill, h, say } from "../dom";
import { count, minute } from "../format";
import type { Family, FamilyUser } from "../types";
import { command, empty, facts, familyLink, fault, section, sourceLink, table } from "../ui";
import { link } from "../view";
import { list } from "./list";
import type { Page } from "./page";

export const familiesPage: Page = {
  title: () => "Families",
  show: (place, asked) =>
    list<Family>(place, asked, {
      title: "Families of programs",
      about: "A program that computes header fields from others leaves a relation in each of its packets, whether anybody has described the program or not. Open a family to see who uses it, and to give it a name.",
      path: "families",
      show: ({ rows }) =>
        table("Families", [
          { name: "Family", cell: (row) => familyLink(row.family) },
          { name: "Name", cell: (row) => (row.name ? h("b", {}, row.name) : "–") },
          { name: "Tool", cell: (row) => row.tool ?? "nobody's so far" },
          { name: "Sources", right: true, cell: (row) => count(row.sources) },
          { name: "Runs", right: true, minor: true, cell: (row) => count(row.runs) },
          { name: "Bits", right: true, minor: true, cell: (row) => count(row.bits) },
          { name: "Last", minor: true, cell: (row) => minute(row.last) },
          { name: "In words", wide: true, minor: true, cell: (row) => row.words ?? "–" },
        ], rows),
      empty: empty("No family yet.", "It takes a source that sends 60 to 150 packets in one episode, with fields that follow from others. ", command("nightjar ingest -v FILE"), " says how many sources were looked into."),
    }),
};

interface FamilyFacts extends Family {
  users: FamilyUser[];
}

/** A form for the name; an empty one takes it back. */
function naming(family: FamilyFacts, changed: () => void): HTMLElement {
  const name = h("input", { id: "family-name", type: "text", maxlength: 64, value: family.name ?? "", placeholder: "router-worm", autocomplete: "off" });
  const answer = h("p", { class: "form-answer", role: "status" });
  const send = h("button", { type: "submit" }, family.name ? "Change the name" : "Give the name");
  return h(
    "form",
    {
      class: "note-form",
      onsubmit: (event: Event) => {
        event.preventDefault();
        send.disabled = true;
        const value = name.value.trim();
        post(`family/${family.family}`, { name: value }).then(
          () => {
            say(value ? `${family.family} is called ${value}.` : "The name is taken back.");
            changed();
          },
          (error: Error) => {
            send.disabled = false;
            fill(answer, `Not named: ${error.message}`);
          },
        );
      },
    },
    h("div", { class: "note-row" }, h("label", { for: "family-name" }, "Call it"), name, send),
    h("p", { class: "quiet" }, "Shown wherever the family is, for everybody. An empty name takes it back."),
    answer,
  );
}

function draw(box: HTMLElement, family: FamilyFacts, again: () => void): void {
  const left = family.sources - family.users.length;
  fill(
    box,
    h(
      "div",
      { class: "hero" },
      h("div", { class: "hero-name" }, h("h1", { class: family.name ? null : "mono" }, family.name ?? family.family), h("p", {}, family.name && [h("span", { class: "mono" }, family.family), " · "], family.tool ? `the relations of ${family.tool}` : "a program that nobody has described")),
      facts([
        ["Sources", count(family.sources)],
        ["Runs", count(family.runs)],
        ["Bits decided", count(family.bits)],
        ["Packets", count(family.packets)],
        ["First", minute(family.first)],
        ["Last", minute(family.last)],
      ]),
    ),
    section("What it does", h("p", { class: "mono break" }, family.words ?? "–"), h("p", { class: "quiet" }, "Up to constants, which a program draws anew with each run: who shares them shares the run.")),
    section("Its name", naming(family, again)),
    section(
      "Who uses it",
      table<FamilyUser>("Sources of this family", [
        { name: "Source", cell: (row) => sourceLink(row.source) },
        { name: "Run", cell: (row) => (row.run ? h("span", { class: "mono", title: row.run }, row.run.slice(0, 8)) : "–") },
        { name: "Found", minor: true, cell: (row) => found(row) },
        { name: "Evidence", right: true, minor: true, cell: (row) => (row.strength === null ? "–" : `${count(Math.round(row.strength))} bits`) },
        { name: "Packets", right: true, cell: (row) => count(row.packets) },
        { name: "First", minor: true, cell: (row) => minute(row.first) },
        { name: "Last", cell: (row) => minute(row.last) },
      ], family.users),
      left > 0 && h("p", { class: "quiet" }, `Those of most packets; ${count(left)} more are not shown.`),
    ),
    h("p", { class: "actions" }, h("a", { class: "button", href: link("families") }, "All families")),
  );
}

const states: Record<string, string> = {
  whole: "in all of its packets",
  mixed: "in some of its packets",
};

const found = (row: FamilyUser) => states[row.state ?? ""] ?? row.state ?? "–";

export const familyPage: Page = {
  title: (view) => view.rest || "Family",
  show(place, { view, signal }) {
    const box = h("div", { class: "page" }, h("p", { class: "waiting" }, "Asking the store…"));
    fill(place, box);
    const ask = () =>
      get<FamilyFacts>(`family/${encodeURIComponent(view.rest)}`, {}, signal).then(
        (family) => draw(box, family, ask),
        (error: unknown) => {
          if (!signal.aborted) fill(box, h("h1", { class: "mono" }, view.rest), fault(error));
        },
      );
    void ask();
  },
};
