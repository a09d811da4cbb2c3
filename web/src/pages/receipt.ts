// SPDX-License-Identifier: Apache-2.0
// The receipt of a risk: its points, and the counted fact behind each.
import { h } from "../dom";
import { meter } from "../ui";

export function receipt(list: { group: string; points: number; text: string }[]): HTMLElement {
  const most = Math.max(1, ...list.map((each) => Math.abs(each.points)));
  return h(
    "ul",
    { class: "receipt" },
    list.map((each) =>
      h(
        "li",
        {},
        h("div", { class: "receipt-head" }, h("span", {}, each.group), h("span", { class: "mono" }, each.points.toFixed(1))),
        meter(Math.abs(each.points) / most, each.points < 0 ? "f-data" : "f-risk"),
        h("p", {}, each.text),
      ),
    ),
  );
}
