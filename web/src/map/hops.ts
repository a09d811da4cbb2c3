// SPDX-License-Identifier: Apache-2.0
// Hops on the map: a double line with running chevrons from the old address, now an empty ring,
// to the new one, a full ring; and a plate that says who moved. Nothing else on the map has this
// colour or these shapes. Addresses at one place (a move within a network) get a loop above it.
// Plates are buttons: by mouse, by keyboard and for screen readers.
import { h } from "../dom";
import { bits, since } from "../format";
import { colour } from "../theme";
import type { Hop } from "../types";
import type { Place, Places } from "./places";

const SHOWN_MAX = 6;
const FRESH_MS = 15000;
const NEAR_PX = 46;

interface Shown {
  hop: Hop;
  from: Place | null;
  to: Place | null;
  born_ms: number;
  plate: HTMLButtonElement;
}

export class HopSigns {
  private shown: Shown[] = [];

  constructor(
    private readonly places: Places,
    private readonly overlay: HTMLElement,
    private readonly open: (hop: Hop) => void,
  ) {}

  clear(): void {
    for (const each of this.shown) each.plate.remove();
    this.shown = [];
  }

  has(hop: Hop): boolean {
    return this.shown.some(
      (each) =>
        each.hop.from === hop.from && each.hop.to === hop.to && each.hop.started === hop.started,
    );
  }

  add(hop: Hop, from: Place | null, to: Place | null): void {
    if (this.has(hop)) return;
    const plate = h(
      "button",
      { class: "hop-plate", type: "button", onclick: () => this.open(hop) },
      h("span", { class: "hop-word" }, hop.kind === "return" ? "moved back" : "moved"),
      h("span", { class: "hop-pair" }, `${hop.from} → ${hop.to}`),
      h("span", { class: "hop-why" }, `${since(hop.gap_s)} · ${bits(hop.bits)} bits`),
    );
    this.overlay.append(plate);
    this.shown.push({ hop, from, to, born_ms: performance.now(), plate });
    if (this.shown.length > SHOWN_MAX) this.shown.shift()?.plate.remove();
    this.layout();
  }

  /** Put the plates beside their signs; after a resize too. */
  layout(): void {
    const { clientWidth: room, clientHeight: tall } = this.overlay;
    let unplaced = 0;
    this.shown.forEach((each, index) => {
      if (room < 700) {
        const up = this.shown.length - index; /* on a phone: in a column below the world */
        each.plate.style.left = "6px";
        each.plate.style.top = `${Math.max(0, tall - up * (each.plate.offsetHeight + 4))}px`;
        return;
      }
      const from = each.from && this.places.point(each.from);
      const to = each.to && this.places.point(each.to);
      const anchor = to ?? from;
      const [x, y] = anchor ?? [room / 2, 60 + 50 * unplaced++];
      const right = x > room * 0.6;
      const same = this.shown.slice(0, index).filter((other) => {
        const place = other.to ?? other.from;
        const point = place && this.places.point(place);
        return point && Math.hypot(point[0] - x, point[1] - y) < NEAR_PX;
      }).length;
      const width = each.plate.offsetWidth;
      const left = right ? x + 62 - width : x + 34;
      const last = room - width - 6;
      each.plate.style.left = `${Math.round(Math.max(6, Math.min(left, last)))}px`;
      each.plate.style.top = `${Math.round(Math.max(4, y - (right ? 98 : 66) + same * 56))}px`;
    });
  }

  draw(context: CanvasRenderingContext2D, calm: boolean, now_ms: number): void {
    const ink = colour("hop");
    context.lineCap = "round";
    context.lineJoin = "round";
    for (const each of this.shown) {
      const from = each.from && this.places.point(each.from);
      const to = each.to && this.places.point(each.to);
      const age = now_ms - each.born_ms;
      const fresh = age < FRESH_MS;
      each.plate.classList.toggle("fresh", fresh);
      context.globalAlpha = fresh ? 1 : 0.6;
      if (!from || !to) continue;
      const phase = calm || !fresh ? 0 : (age / 900) % 1;
      const near = Math.hypot(to[0] - from[0], to[1] - from[1]) < NEAR_PX;
      if (near) loop(context, ink, from, phase, fresh ? age : Infinity);
      else bridge(context, ink, from, to, phase);
    }
    context.globalAlpha = 1;
  }
}

function ring(context: CanvasRenderingContext2D, x: number, y: number, full: boolean, ink: string) {
  context.beginPath();
  context.arc(x, y, 6, 0, 2 * Math.PI);
  context.lineWidth = 2.2;
  context.strokeStyle = ink;
  context.setLineDash(full ? [] : [3, 3.3]);
  context.stroke();
  context.setLineDash([]);
  if (!full) return;
  context.beginPath();
  context.arc(x, y, 3, 0, 2 * Math.PI);
  context.fillStyle = ink;
  context.fill();
}

function chevron(context: CanvasRenderingContext2D, x: number, y: number, angle: number, size = 6) {
  const wing = 2.5;
  context.moveTo(x - size * Math.cos(angle - wing + Math.PI), y - size * Math.sin(angle - wing + Math.PI));
  context.lineTo(x, y);
  context.lineTo(x - size * Math.cos(angle + wing + Math.PI), y - size * Math.sin(angle + wing + Math.PI));
}

/* Between two places: two parallel lines, chevrons between them. */
function bridge(
  context: CanvasRenderingContext2D,
  ink: string,
  from: [number, number],
  to: [number, number],
  phase: number,
): void {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  const cx = (from[0] + to[0]) / 2;
  const cy = (from[1] + to[1]) / 2 + length * 0.18;
  const point = (t: number): [number, number, number] => {
    const u = 1 - t;
    const x = u * u * from[0] + 2 * u * t * cx + t * t * to[0];
    const y = u * u * from[1] + 2 * u * t * cy + t * t * to[1];
    const dx = u * (cx - from[0]) + t * (to[0] - cx);
    const dy = u * (cy - from[1]) + t * (to[1] - cy);
    return [x, y, Math.atan2(dy, dx)];
  };
  context.strokeStyle = ink;
  context.lineWidth = 1.6;
  for (const side of [-5, 5]) {
    context.beginPath();
    for (let i = 0; i <= 40; i++) {
      const [x, y, angle] = point(0.02 + (i / 40) * 0.96);
      const px = x - Math.sin(angle) * side;
      const py = y + Math.cos(angle) * side;
      if (i === 0) context.moveTo(px, py);
      else context.lineTo(px, py);
    }
    context.stroke();
  }
  const steps = Math.max(3, Math.floor(length / 26));
  context.lineWidth = 2;
  context.beginPath();
  for (let i = 0; i < steps; i++) {
    const [x, y, angle] = point(Math.min(0.97, (i + 0.3 + phase) / steps));
    chevron(context, x, y, angle, 4.5);
  }
  context.stroke();
  ring(context, from[0], from[1], false, ink);
  ring(context, to[0], to[1], true, ink);
}

/* At one place: a loop that leaves the old ring and comes down on the new one beside it. */
function loop(
  context: CanvasRenderingContext2D,
  ink: string,
  from: [number, number],
  phase: number,
  age_ms: number,
): void {
  const [x, y] = from;
  const old_x = x - 13;
  const new_x = x + 13;
  const radius = 21;
  if (age_ms < FRESH_MS && phase > 0) {
    const wave = (age_ms / 1800) % 1;
    context.save();
    context.globalAlpha = 0.7 * (1 - wave);
    context.beginPath();
    context.arc(x, y, 20 + wave * 46, 0, 2 * Math.PI);
    context.strokeStyle = ink;
    context.lineWidth = 2;
    context.stroke();
    context.restore();
  }
  context.beginPath(); /* a dark bed, so that arcs do not run through the sign */
  context.ellipse(x, y - 8, 30, 34, 0, 0, 2 * Math.PI);
  context.save();
  context.globalAlpha *= 0.72;
  context.fillStyle = colour("ground");
  context.fill();
  context.restore();
  context.strokeStyle = ink;
  context.lineWidth = 1.6;
  for (const r of [radius - 4, radius + 4]) {
    context.beginPath();
    context.ellipse(x, y - 9, r * 0.72, r, 0, Math.PI * 0.97, Math.PI * 2.03);
    context.stroke();
  }
  context.lineWidth = 2;
  context.beginPath();
  for (let i = 0; i < 3; i++) {
    const angle = Math.PI * (1.1 + ((i + phase) / 3) * 0.85);
    const px = x + Math.cos(angle) * radius * 0.72;
    const py = y - 9 + Math.sin(angle) * radius;
    chevron(context, px, py, Math.atan2(Math.cos(angle) * radius, -Math.sin(angle) * radius * 0.72), 3.6);
  }
  context.stroke();
  ring(context, old_x, y, false, ink);
  ring(context, new_x, y, true, ink);
}
