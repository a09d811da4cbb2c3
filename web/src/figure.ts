// SPDX-License-Identifier: Apache-2.0
// Figures as SVG: bars over time stacked by series, for one or several rows above each other on one
// axis of time, with hops between the rows. Each bar says its numbers to whom points at it; the
// table below a figure says them to everyone.
import { h, s } from "./dom";
import { count, day, iso, minute, short } from "./format";

export interface Series {
  name: string;
  style: string; /* class of its colour: c-NAME */
}

export interface Lane {
  name: string;
  /** values[period][series] */
  values: Map<number, number[]>;
}

export interface Mark {
  at_ms: number;
  from: number; /* lanes */
  to: number;
  text: string;
}

/* Drawn as wide as it is shown, so that its texts stay legible on a phone. */
const widthOf = () => (innerWidth < 900 ? Math.max(300, innerWidth - 60) : 960);
const LEFT = 8;
const RIGHT = 8;
const AXIS = 22;
const HOUR = 3600e3;

export interface FigureOptions {
  title: string;
  series: Series[];
  lanes: Lane[];
  step_ms: number;
  marks?: Mark[];
  lane_height?: number;
}

function axis(first: number, last: number, width: number, x: (ms: number) => number, bottom: number): SVGElement[] {
  const hours = [1, 3, 6, 12, 24, 48, 168, 336, 720, 2184, 4368, 8760, 17520];
  const step = (hours.find((each) => (last - first) / (each * HOUR) <= width / 104) ?? 17520) * HOUR;
  const whole = Math.min(step, 24 * HOUR);
  const ticks: SVGElement[] = [];
  for (let at = Math.ceil(first / whole) * whole; at < last; at += step) {
    const text = step < 24 * HOUR ? minute(at) : day(at);
    ticks.push(s("line", { class: "tick", x1: x(at), x2: x(at), y1: 4, y2: bottom }));
    if (x(at) < width - 7 * text.length) ticks.push(s("text", { class: "tick-text", x: x(at) + 4, y: bottom + 16 }, text));
  }
  return ticks;
}

/** Lanes of stacked bars on one axis of time. */
export function lanes(options: FigureOptions): HTMLElement {
  const { series, step_ms } = options;
  const tall = options.lane_height ?? 110;
  const times = options.lanes.flatMap((lane) => [...lane.values.keys()]);
  if (times.length === 0) return h("p", { class: "waiting" }, "No sessions in this time.");
  const first = Math.min(...times);
  const last = Math.max(...times) + step_ms;
  const wide = widthOf();
  const x = (ms: number) => LEFT + ((ms - first) / (last - first)) * (wide - LEFT - RIGHT);
  const total = (values: number[]) => values.reduce((sum, value) => sum + value, 0);
  const most = Math.max(1, ...options.lanes.flatMap((lane) => [...lane.values.values()].map(total)));
  const bottom = options.lanes.length * tall;
  const base = (lane: number) => (lane + 1) * tall - 4;
  const room = tall - 28;
  const unit = step_ms >= 7 * 86400e3 ? "week" : step_ms >= 86400e3 ? "day" : "hour";

  const drawn = options.lanes.map((lane, index) => {
    const group = s("g", {});
    for (const [at, values] of lane.values) {
      const width = Math.max(1, x(at + step_ms) - x(at) - 1);
      const what = series
        .map((each, i) => (values[i] ? `${each.name} ${count(values[i])}` : ""))
        .filter(Boolean)
        .join(", ");
      const when = step_ms < 86400e3 ? minute(at) : iso(at).slice(0, 10);
      const column = s("g", {}, s("title", {}, `${lane.name} ${when}: ${count(total(values))} sessions (${what})`));
      let y = base(index);
      values.forEach((value, i) => {
        const height = (value / most) * room;
        if (height <= 0) return;
        y -= height;
        column.append(s("rect", { class: `bar ${series[i].style}`, x: x(at).toFixed(2), y: y.toFixed(2), width: width.toFixed(2), height: height.toFixed(2) }));
      });
      group.append(column);
    }
    return [
      s("line", { class: "base", x1: LEFT, x2: wide - RIGHT, y1: base(index), y2: base(index) }),
      group,
      s("text", { class: "lane-name", x: LEFT + 2, y: index * tall + 16 }, lane.name),
    ];
  });

  const marks = (options.marks ?? []).map((mark) => {
    const at = x(mark.at_ms);
    const from = base(mark.from) - (mark.to > mark.from ? 0 : room * 0.6);
    const to = base(mark.to) - (mark.to > mark.from ? room * 0.6 : 0);
    const tip = mark.to > mark.from ? -6 : 6;
    return s(
      "g",
      { class: "hop-mark" },
      s("title", {}, mark.text),
      s("line", { x1: at - 2.5, x2: at - 2.5, y1: from, y2: to }),
      s("line", { x1: at + 2.5, x2: at + 2.5, y1: from, y2: to }),
      s("path", { d: `M${at - 7} ${to + tip}L${at} ${to + tip * -0.4}L${at + 7} ${to + tip}` }),
    );
  });

  const legend = h(
    "ul",
    { class: "legend" },
    series.length > 1 && series.map((each) => h("li", {}, h("span", { class: `dot ${each.style}` }), each.name)),
    marks.length > 0 && h("li", {}, h("span", { class: "hop-key" }), "hop"),
  );
  return h(
    "figure",
    { class: "figure" },
    h("figcaption", {}, options.title, h("span", { class: "quiet" }, ` · highest bar ${short(most)} sessions a ${unit}`)),
    h(
      "div",
      { class: "figure-scroll" },
      s(
        "svg",
        { viewBox: `0 0 ${wide} ${bottom + AXIS}`, role: "img", "aria-label": options.title },
        axis(first, last, wide, x, bottom),
        drawn,
        marks,
      ),
    ),
    legend,
  );
}
