// SPDX-License-Identifier: Apache-2.0
// Why two addresses are held for one sender: each statement with its bits, for to the right, against
// to the left, and what they come to together with the prior.
import { h, s } from "./dom";
import { bits, probability } from "./format";
import type { Evidence } from "./types";
import { facts } from "./ui";

interface Statement {
  evidence?: Evidence[];
  prior_bits?: number;
  bits: number;
  probability: number;
  refute?: string;
}

function bar(value: number, most: number): SVGSVGElement {
  const half = 50;
  const width = (Math.abs(value) / most) * half;
  return s(
    "svg",
    { class: "bits-bar", viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
    s("line", { class: "base", x1: half, x2: half, y1: 0, y2: 10 }),
    s("rect", { class: value < 0 ? "against" : "for", x: value < 0 ? half - width : half, y: 1.5, width, height: 7 }),
  );
}

export function evidence(link: Statement): HTMLElement {
  const list: Evidence[] = [...(link.evidence ?? [])];
  const prior = link.prior_bits;
  if (prior !== undefined)
    list.push({ feature: "prior", bits: prior, text: "before any evidence, given how many candidates there were" });
  const most = Math.max(1, ...list.map((each) => Math.abs(each.bits)));
  return h(
    "div",
    { class: "evidence" },
    h(
      "table",
      {},
      h("caption", { class: "unseen" }, "Evidence in bits"),
      h("thead", {}, h("tr", {}, ["Evidence", "Bits", "Bits as a bar", "What was seen"].map((name, index) => h("th", { scope: "col" }, index === 2 ? h("span", { class: "unseen" }, name) : name)))),
      h(
        "tbody",
        {},
        list.map((each) =>
          h(
            "tr",
            {},
            h("th", { scope: "row" }, each.feature),
            h("td", { class: "right mono" }, bits(each.bits)),
            h("td", { class: "bits-cell" }, bar(each.bits, most)),
            h("td", { class: "wide" }, each.text),
          ),
        ),
      ),
    ),
    facts([
      ["Evidence", `${bits(link.bits)} bits`],
      ...(prior === undefined ? [] : [["With the prior", `${bits(link.bits + prior)} bits`] as [string, string]]),
      ["Probability", probability(link.probability)],
      ["It would be refuted if", link.refute ?? "–"],
    ]),
  );
}
