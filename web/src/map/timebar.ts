// SPDX-License-Identifier: Apache-2.0
// The time bar: all that the store holds, sessions by port category, hops as flags, and the place
// in time that is shown. Dragged by mouse or finger, moved by keys, zoomed by wheel or buttons.
import { rows } from "../api";
import { categories, category } from "../category";
import { h, say } from "../dom";
import { iso, minute, periodStart, short } from "../format";
import { colour, current } from "../theme";
import type { Hop, TopRow } from "../types";

const HOUR = 3600e3;
const DAY = 24 * HOUR;
const PAD = 10;
const AXIS = 20;

interface Bar {
  from_ms: number;
  to_ms: number;
  parts: number[]; /* sessions by category */
  total: number;
}

export class TimeBar {
  readonly element: HTMLElement;
  private readonly canvas = h("canvas", { class: "timebar-canvas" });
  private readonly slider: HTMLElement;
  private readonly hover = h("div", { class: "timebar-hover", hidden: true });
  private first = 0;
  private last = 0;
  private from = 0; /* what is in view */
  private to = 1;
  private at = NaN;
  private bars: Bar[] = [];
  private by: "hour" | "day" | "week" = "day";
  private hops: Hop[] = [];
  private asked: AbortController | null = null;
  private dragging = false;
  private readonly watcher = new ResizeObserver(() => this.draw());

  constructor(private readonly moved: (at_ms: number) => void) {
    this.slider = h(
      "div",
      {
        class: "timebar-slider",
        role: "slider",
        tabindex: 0,
        "aria-label": "Time shown; arrows move by an hour, page keys by a day",
        onkeydown: (event: KeyboardEvent) => this.key(event),
        onpointerdown: (event: PointerEvent) => this.down(event),
        onpointermove: (event: PointerEvent) => this.move(event),
        onpointerup: (event: PointerEvent) => this.up(event),
        onpointercancel: () => (this.dragging = false),
        onpointerleave: () => (this.hover.hidden = true),
      },
      this.canvas,
      this.hover,
    );
    this.slider.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    const button = (text: string, label: string, act: () => void) =>
      h("button", { type: "button", class: "small", title: label, "aria-label": label, onclick: act }, text);
    this.element = h(
      "div",
      { class: "timebar" },
      this.slider,
      h(
        "div",
        { class: "timebar-zoom" },
        button("+", "Zoom the time bar in", () => this.zoom(0.4, this.centre())),
        button("−", "Zoom the time bar out", () => this.zoom(2.5, this.centre())),
        button("all", "Show all that the store holds", () => this.show(this.first, this.last)),
      ),
    );
    this.watcher.observe(this.slider);
  }

  destroy(): void {
    this.watcher.disconnect();
    this.asked?.abort();
  }

  span(first_ms: number, last_ms: number): void {
    this.first = Math.floor(first_ms / HOUR) * HOUR;
    this.last = Math.ceil((last_ms + 1) / HOUR) * HOUR;
    this.show(this.first, this.last);
  }

  /** The store has grown. Who looked at all of it still does; who looked at a part keeps that. */
  grow(first_ms: number, last_ms: number): void {
    const all = this.from <= this.first && this.to >= this.last;
    const { from, to } = this;
    this.span(first_ms, last_ms);
    if (!all) this.show(from, to);
  }

  marks(hops: Hop[]): void {
    this.hops = hops;
    this.draw();
  }

  set(at_ms: number): void {
    this.at = at_ms;
    if (at_ms > this.to && this.to < this.last) this.show(at_ms, at_ms + (this.to - this.from));
    this.tell();
    this.draw();
  }

  private tell(): void {
    const known = Number.isFinite(this.at);
    this.slider.setAttribute("aria-valuemin", String(Math.round(this.first / 1000)));
    this.slider.setAttribute("aria-valuemax", String(Math.round(this.last / 1000)));
    this.slider.setAttribute("aria-valuenow", String(Math.round((known ? this.at : this.last) / 1000)));
    this.slider.setAttribute("aria-valuetext", known ? `${minute(this.at)} UTC` : "no time chosen");
  }

  private centre(): number {
    return this.at >= this.from && this.at <= this.to ? this.at : (this.from + this.to) / 2;
  }

  private show(from: number, to: number): void {
    const width = Math.min(Math.max(to - from, 6 * HOUR), Math.max(this.last - this.first, HOUR));
    this.from = Math.max(this.first, Math.min(from, this.last - width));
    this.to = this.from + width;
    void this.ask();
    this.tell();
    this.draw();
  }

  private zoom(factor: number, around: number): void {
    const share = (around - this.from) / (this.to - this.from);
    const width = (this.to - this.from) * factor;
    this.show(around - share * width, around + (1 - share) * width);
  }

  /* Bars of what is in view, a little more on both sides. */
  private async ask(): Promise<void> {
    const width = this.to - this.from;
    this.by = width <= 12 * DAY ? "hour" : width <= 500 * DAY ? "day" : "week";
    const step = this.by === "hour" ? HOUR : this.by === "day" ? DAY : 7 * DAY;
    this.asked?.abort();
    this.asked = new AbortController();
    const signal = this.asked.signal;
    await new Promise((resolve) => setTimeout(resolve, this.bars.length > 0 ? 180 : 0));
    if (signal.aborted) return;
    try {
      const params = {
        by: this.by,
        limit: 25,
        from: iso(Math.max(this.first, Math.floor((this.from - width / 4) / DAY) * DAY)),
        to: iso(Math.min(this.last, this.to + width / 4)),
      };
      const answer = await rows<TopRow>("top/ports", params, signal);
      this.bars = gather(answer.rows, step);
      this.draw();
    } catch (error) {
      if (!signal.aborted) say(`The time bar has no counts: ${String(error)}`);
    }
  }

  private x(ms: number): number {
    const width = this.slider.clientWidth - 2 * PAD;
    return PAD + ((ms - this.from) / (this.to - this.from)) * width;
  }

  private time(x: number): number {
    const width = this.slider.clientWidth - 2 * PAD;
    const ms = this.from + ((x - PAD) / width) * (this.to - this.from);
    return Math.max(this.first, Math.min(this.last, ms));
  }

  private highest = 0; /* sessions of the highest bar that is shown */

  private draw(): void {
    const width = this.slider.clientWidth;
    const height = this.slider.clientHeight;
    const scale = Math.min(2, devicePixelRatio || 1);
    if (width === 0 || height === 0) return;
    if (this.canvas.width !== Math.round(width * scale) || this.canvas.height !== Math.round(height * scale)) {
      this.canvas.width = Math.round(width * scale);
      this.canvas.height = Math.round(height * scale);
    }
    const context = this.canvas.getContext("2d");
    if (!context || this.last === 0) return;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    this.drawAxis(context, width, height);
    this.drawBars(context, height);
    this.drawHops(context, height);
    this.drawScale(context);
    this.drawPlace(context, height);
  }

  private drawAxis(context: CanvasRenderingContext2D, width: number, height: number): void {
    const steps = [HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY, 30 * DAY, 91 * DAY, 365 * DAY];
    const room = Math.max(2, width / 84);
    const step = steps.find((each) => (this.to - this.from) / each <= room) ?? 365 * DAY;
    context.font = "11px system-ui, sans-serif";
    context.fillStyle = colour("muted");
    context.strokeStyle = colour("line");
    context.lineWidth = 1;
    context.textAlign = "left";
    const origin = Math.floor(this.first / DAY) * DAY;
    const skip = Math.max(0, Math.floor((this.from - origin) / step) - 1);
    for (let at = origin + skip * step; at <= this.to; at += step) {
      const x = Math.round(this.x(at)) + 0.5;
      if (x < PAD) continue;
      context.beginPath();
      context.moveTo(x, 12);
      context.lineTo(x, height - AXIS + 4);
      context.stroke();
      const text = step < DAY && at % DAY !== 0 ? iso(at).slice(11, 16) : iso(at).slice(0, 10);
      if (x + 64 < width) context.fillText(text, x + 4, height - 6);
    }
  }

  private drawBars(context: CanvasRenderingContext2D, height: number): void {
    const theme = current();
    const seen = this.bars.filter((bar) => bar.to_ms > this.from && bar.from_ms < this.to);
    const most = Math.max(1, ...seen.map((bar) => bar.total));
    const room = height - AXIS - 16;
    for (const bar of seen) {
      const left = Math.max(PAD, this.x(bar.from_ms));
      const right = this.x(Math.min(bar.to_ms, this.to));
      let bottom = height - AXIS;
      context.globalAlpha = bar.from_ms <= this.at || !Number.isFinite(this.at) ? 0.95 : 0.4;
      bar.parts.forEach((part, index) => {
        const size = (part / most) * room;
        context.fillStyle = categories[index][theme];
        context.fillRect(left, bottom - size, Math.max(1, right - left - (right - left > 5 ? 1.5 : 0)), size);
        bottom -= size;
      });
    }
    context.globalAlpha = 1;
    this.highest = seen.length > 0 ? most : 0;
  }

  private scaleText(): string {
    return this.highest === 0 ? "" : `highest bar: ${short(this.highest)} sessions a${this.by === "hour" ? "n hour" : ` ${this.by}`}`;
  }

  private scaleLeft(context: CanvasRenderingContext2D): number {
    return this.slider.clientWidth - PAD - 2 - context.measureText(this.scaleText()).width;
  }

  /* What the highest bar stands for; flags of hops hang below it. */
  private drawScale(context: CanvasRenderingContext2D): void {
    if (this.highest === 0) return;
    const left = this.scaleLeft(context);
    const right = this.slider.clientWidth - PAD - 2;
    context.fillStyle = colour("raised");
    context.fillRect(left - 4, 0, right - left + 6, 13);
    context.fillStyle = colour("muted");
    context.textAlign = "right";
    context.fillText(this.scaleText(), right, 10);
  }

  private drawHops(context: CanvasRenderingContext2D, height: number): void {
    const told = this.scaleLeft(context);
    context.strokeStyle = context.fillStyle = colour("hop");
    context.lineWidth = 1.4;
    for (const hop of this.hops) {
      const x = this.x(Date.parse(hop.started));
      if (x < PAD || x > this.slider.clientWidth - PAD) continue;
      const top = x + 14 > told ? 15 : 1; /* below the text */
      context.beginPath();
      context.moveTo(x, height - AXIS);
      context.lineTo(x, top + 1);
      context.stroke();
      context.beginPath();
      context.moveTo(x, top);
      context.lineTo(x + 9, top + 4.5);
      context.lineTo(x, top + 9);
      context.fill();
    }
  }

  private drawPlace(context: CanvasRenderingContext2D, height: number): void {
    if (!Number.isFinite(this.at) || this.at < this.from || this.at > this.to) return;
    const x = this.x(this.at);
    context.fillStyle = context.strokeStyle = colour("ink");
    context.lineWidth = 2;
    context.beginPath();
    context.moveTo(x, 8);
    context.lineTo(x, height - AXIS + 2);
    context.stroke();
    context.beginPath();
    context.arc(x, height - AXIS + 2, 5, 0, 2 * Math.PI);
    context.fill();
  }

  private key(event: KeyboardEvent): void {
    const step: Record<string, number> = {
      ArrowLeft: -HOUR,
      ArrowRight: HOUR,
      ArrowDown: -HOUR,
      ArrowUp: HOUR,
      PageDown: -DAY,
      PageUp: DAY,
    };
    let to = Number.isFinite(this.at) ? this.at : this.first;
    if (event.key in step) to += step[event.key];
    else if (event.key === "Home") to = this.first;
    else if (event.key === "End") to = this.last;
    else return;
    event.preventDefault();
    this.choose(Math.max(this.first, Math.min(this.last, to)));
    if (this.at < this.from || this.at > this.to) this.show(this.at - (this.to - this.from) / 2, this.at + (this.to - this.from) / 2);
  }

  private choose(ms: number): void {
    this.at = Math.round(ms / 60000) * 60000;
    this.tell();
    this.draw();
    this.moved(this.at);
  }

  private down(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.dragging = true;
    this.slider.setPointerCapture(event.pointerId);
    this.at = this.time(event.offsetX);
    this.draw();
  }

  private move(event: PointerEvent): void {
    const ms = this.time(event.offsetX);
    const bar = this.bars.find((each) => ms >= each.from_ms && ms < each.to_ms);
    const hop = this.hops.find((each) => Math.abs(this.x(Date.parse(each.started)) - event.offsetX) < 6);
    this.hover.textContent = hop
      ? `${minute(hop.started)} · hop ${hop.from} → ${hop.to}`
      : `${minute(ms)}${bar ? ` · ${short(bar.total)} sessions this ${this.by}` : ""}`;
    this.hover.hidden = false;
    const room = this.slider.clientWidth - this.hover.offsetWidth - 4;
    this.hover.style.left = `${Math.max(4, Math.min(room, event.offsetX - this.hover.offsetWidth / 2))}px`;
    if (!this.dragging) return;
    this.at = ms;
    this.draw();
  }

  private up(event: PointerEvent): void {
    if (!this.dragging) return;
    this.dragging = false;
    this.slider.releasePointerCapture(event.pointerId);
    this.choose(this.time(event.offsetX));
  }

  private wheel(event: WheelEvent): void {
    event.preventDefault();
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      const shift = (event.deltaX / this.slider.clientWidth) * (this.to - this.from);
      this.show(this.from + shift, this.to + shift);
    } else this.zoom(event.deltaY > 0 ? 1.25 : 0.8, this.time(event.offsetX));
  }
}

/* Rows of ports by period as bars of categories. What no row names, by the share, is "Other". */
function gather(list: TopRow[], step: number): Bar[] {
  const bars = new Map<string, Bar>();
  for (const row of list) {
    const name = String(row.period);
    let bar = bars.get(name);
    if (!bar) {
      const from_ms = periodStart(name);
      const total = row.share > 0 ? Math.round(row.sessions / row.share) : row.sessions;
      bar = { from_ms, to_ms: from_ms + step, parts: categories.map(() => 0), total };
      bars.set(name, bar);
    }
    bar.parts[category(Number(row.port))] += row.sessions;
  }
  for (const bar of bars.values()) {
    const named = bar.parts.reduce((sum, part) => sum + part, 0);
    bar.parts[categories.length - 1] += Math.max(0, bar.total - named);
  }
  return [...bars.values()].sort((a, b) => a.from_ms - b.from_ms);
}
