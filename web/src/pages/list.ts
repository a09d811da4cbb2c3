// SPDX-License-Identifier: Apache-2.0
// A page that is a table with a filter and pages: the frame of suspects, actors, hops, findings, rows.
import { rows, type Params, type Rows } from "../api";
import { fill, h, type Child } from "../dom";
import { empty, later } from "../ui";
import { filterField, type FilterOf } from "../filter";
import { link, type View } from "../view";
import type { Asked } from "./page";

const PAGE = 50;

export interface ListOptions<T> {
  title: string;
  about: Child;
  path: string;
  params?: Params;
  filter?: string; /* takes an expression of the filter language, such as this one */
  of?: FilterOf; /* the rows whose fields it names: visits */
  show(answer: Rows<T>): Child;
  empty: Child;
}

function values(view: View): Record<string, string> {
  return Object.fromEntries(view.params);
}

export function list<T>(place: HTMLElement, { view, signal }: Asked, options: ListOptions<T>): void {
  const offset = Number(view.params.get("offset") ?? 0) || 0;
  const params: Params = { limit: PAGE, offset, ...options.params };
  if (options.filter && params.filter === undefined) params.filter = view.params.get("filter");
  fill(
    place,
    h(
      "div",
      { class: "page" },
      h("div", { class: "page-head" }, h("h1", {}, options.title), h("p", { class: "quiet" }, options.about)),
      options.filter && filterField(view, options.of ?? "visits", options.filter),
      later(rows<T>(options.path, params, signal), (answer) => {
        if (answer.rows.length === 0)
          return params.filter ? [noneFits(view), leftOut(answer.left_out)] : options.empty;
        const next = answer.next;
        return [
          options.show(answer),
          leftOut(answer.left_out),
          (offset > 0 || next) &&
            h(
              "nav",
              { class: "pager", "aria-label": "Pages" },
              offset > 0 && h("a", { class: "button", href: link(view.page, view.rest, { ...values(view), offset: Math.max(0, offset - PAGE) || null }) }, "← Before"),
              h("span", { class: "quiet" }, `${offset + 1} to ${offset + answer.rows.length}`),
              next && h("a", { class: "button", href: link(view.page, view.rest, { ...values(view), offset: next }) }, "Next →"),
            ),
        ];
      }),
    ),
  );
}

function noneFits(view: View): HTMLElement {
  return empty("Nothing fits the filter.", h("a", { href: link(view.page, view.rest, { ...values(view), offset: null, filter: null }) }, "See all of it"), ", or loosen it.");
}

/** What a ranking did not count, as the service said it. */
export function leftOut(classes: Record<string, number> | undefined): Child {
  const names = Object.entries(classes ?? {});
  return names.length > 0 && h("p", { class: "quiet" }, "Left out: ", names.map(([name, n]) => `${n.toLocaleString("en")} sessions of ${name}`).join(", "), ".");
}
