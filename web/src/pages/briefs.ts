// SPDX-License-Identifier: Apache-2.0
// Briefs: make one, read it in place. It is shown in a frame that may run nothing and has an origin
// of its own, so that no word in it can reach the console.
import { address, get, lendToken, post, remove, rows, save } from "../api";
import { fill, h, say } from "../dom";
import { filterInput } from "../filter";
import { minute } from "../format";
import { command, empty, later, section, table } from "../ui";
import { go, link } from "../view";
import type { Asked, Page } from "./page";

interface Brief {
  brief: number;
  made: string;
  from: string;
  to: string;
  title: string;
  asked: string;
}

const day = (text: string) => text.slice(0, 10);

function field(id: string, name: string, attributes: Record<string, unknown>): [HTMLInputElement, HTMLElement] {
  const input = h("input", { id, ...attributes });
  return [input, h("div", { class: "field" }, h("label", { for: id }, name), input)];
}

/** Opens the new brief when it is made. */
function form(): HTMLElement {
  const [from, fromField] = field("brief-from", "From", { type: "date" });
  const [to, toField] = field("brief-to", "To", { type: "date" });
  const [countries, countriesField] = field("brief-countries", "Countries", { type: "text", placeholder: "CN, RU", pattern: " *[A-Za-z]{2}( *,? +[A-Za-z]{2}| *, *[A-Za-z]{2})* *", title: "Codes of two letters with commas between" });
  const [filter, offers] = filterInput("brief-filter", "visits", { placeholder: "dport in (1433, 3306)" });
  const filterField = h("div", { class: "field" }, h("label", { for: "brief-filter" }, "Only"), filter, offers);
  const notes = h("textarea", { id: "brief-notes", rows: 3, maxlength: 30000, placeholder: "Your paragraphs, parted by empty lines" });
  const answer = h("p", { class: "form-answer", role: "status" });
  const make = h("button", { type: "submit" }, "Make the brief");
  const body = () => {
    const values: Record<string, string> = {
      from: from.value,
      to: to.value,
      country: countries.value.toUpperCase().split(/[\s,]+/).filter(Boolean).join(","),
      filter: filter.value.trim(),
      notes: notes.value.trim(),
    };
    return Object.fromEntries(Object.entries(values).filter(([, value]) => value));
  };
  return h(
    "form",
    {
      class: "note-form",
      onsubmit: (event: Event) => {
        event.preventDefault();
        make.disabled = true;
        fill(answer, "Counting…");
        post<{ brief: number }>("briefs", body()).then(
          ({ brief }) => {
            say("The brief is made.");
            go("brief", String(brief));
          },
          (error: Error) => {
            make.disabled = false;
            fill(answer, `Not made: ${error.message}`);
          },
        );
      },
    },
    h("p", { class: "quiet" }, "Without days: the last full week that the store holds."),
    h("div", { class: "fields" }, fromField, toField, countriesField, filterField),
    h("label", { for: "brief-notes" }, "Notes"),
    notes,
    h("div", { class: "note-row" }, make),
    answer,
  );
}

function kept(list: Brief[]): HTMLElement {
  return table<Brief>("Kept briefs", [
    { name: "Brief", cell: (row) => h("a", { href: link("brief", String(row.brief)) }, row.title) },
    { name: "From", cell: (row) => day(row.from) },
    { name: "To", cell: (row) => day(row.to) },
    { name: "Made", minor: true, cell: (row) => minute(row.made) },
    { name: "Again", wide: true, minor: true, cell: (row) => command(`nightjar ${row.asked}`) },
  ], list);
}

export const briefsPage: Page = {
  title: () => "Briefs",
  show(place: HTMLElement, { signal }: Asked) {
    fill(
      place,
      h(
        "div",
        { class: "page" },
        h("div", { class: "page-head" }, h("h1", {}, "Briefs"), h("p", { class: "quiet" }, "The written report on a period: what was sought, from where, and what changed. A kept one stays as it was made.")),
        section("Make one", form()),
        section(
          "Kept",
          later(rows<Brief>("briefs", { limit: 500 }, signal), (answer) =>
            answer.rows.length > 0 ? kept(answer.rows) : empty("No briefs yet.", "Make the first above; it takes some seconds."),
          ),
        ),
      ),
    );
  },
};

export const briefPage: Page = {
  title: (view) => `Brief ${view.rest}`,
  show(place: HTMLElement, { view, signal }: Asked) {
    const path = `brief/${encodeURIComponent(view.rest)}`;
    const answer = h("p", { class: "form-answer", role: "status" });
    const told = (error: Error) => fill(answer, error.message);
    lendToken(path);
    fill(
      place,
      h(
        "div",
        { class: "page" },
        h("div", { class: "page-head" }, h("h1", {}, `Brief ${view.rest}`)),
        h(
          "p",
          { class: "actions" },
          h("a", { class: "button", href: link("briefs") }, "All briefs"),
          h("button", { type: "button", onclick: () => void save(path, { format: "html" }).catch(told) }, "Save as page"),
          h("button", { type: "button", onclick: () => void save(path, { format: "md" }).catch(told) }, "Save as Markdown"),
          h("button", { type: "button", onclick: () => void remove(path).then(() => go("briefs"), told) }, "Forget it"),
        ),
        answer,
        later(get(path, { format: "json" }, signal), () => h("iframe", { class: "document", sandbox: "", title: `Brief ${view.rest}`, src: address(path) })),
      ),
    );
  },
};
