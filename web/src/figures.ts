// SPDX-License-Identifier: Apache-2.0
// The timeline of one or several sources, from the service's counts by destination port.
import { rows } from "./api";
import { categories, category } from "./category";
import { h } from "./dom";
import { minute, parse, periodStart, since } from "./format";
import { lanes, type Lane, type Mark } from "./figure";
import type { Hop, TimelineRow } from "./types";
import { later } from "./ui";

const DAY = 86400e3;

/** Lanes of sources with the hops between them. The step is a day, or a week when it is long. */
export function timeline(addresses: string[], hops: Hop[], span_ms: number, signal: AbortSignal): HTMLElement {
  const by = span_ms > 420 * DAY ? "week" : span_ms > 3 * DAY ? "day" : "hour";
  const step_ms = by === "week" ? 7 * DAY : by === "day" ? DAY : 3600e3;
  const answer = rows<TimelineRow>("timeline", { sources: addresses.join(","), by }, signal);
  return later(answer, ({ rows: list }) => {
    const all: Lane[] = addresses.map((name) => ({ name, values: new Map() }));
    for (const row of list) {
      const lane = all[addresses.indexOf(row.source)];
      if (!lane) continue;
      const at = periodStart(row.period);
      const values = lane.values.get(at) ?? categories.map(() => 0);
      values[category(row.port)] += row.sessions;
      lane.values.set(at, values);
    }
    const marks: Mark[] = hops
      .filter((hop) => addresses.includes(hop.from) && addresses.includes(hop.to))
      .map((hop) => ({
        at_ms: parse(hop.started),
        from: addresses.indexOf(hop.from),
        to: addresses.indexOf(hop.to),
        text: `${minute(hop.started)}: ${hop.from} → ${hop.to}, ${since(hop.gap_s)}`,
      }));
    return h(
      "div",
      {},
      lanes({
        title: `Sessions of ${addresses.length > 1 ? "each address" : addresses[0]} by what was sought`,
        series: categories.map((each) => ({ name: each.name, style: `c-${each.style}` })),
        lanes: all,
        step_ms,
        marks,
        lane_height: addresses.length > 3 ? 74 : 116,
      }),
    );
  });
}
