// SPDX-License-Identifier: Apache-2.0
// The moving arcs. A visit is a light that runs along a curve from its source to the sensor.
// What one frame draws is gathered into one path per colour and width, so that a thousand arcs
// cost a few dozen strokes.
import type { SeenSensor, SeenSource } from "./places";

export const ARCS_MAX = 900; /* alive at once; measured: 59 frames/s without a GPU */
const WIDTHS = [1.1, 1.9, 3.2];
const TRAIL = 0.28;
const CALM_MS = 2200;

export interface Arc {
  source: SeenSource;
  sensor: SeenSensor;
  port: number;
  proto: string;
  stands_for: number;
  colour: number;
  width: number;
  bend: number; /* -1 to 1: sets arcs of one way apart */
  born_ms: number;
  life_ms: number;
}

interface Curve {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
  cx: number;
  cy: number;
}

/** The way of an arc: a quadratic curve, bent to the north, more with the distance. */
function curve(arc: Arc): Curve {
  const { x: x0, y: y0 } = arc.source;
  const { x: x1, y: y1 } = arc.sensor;
  const length = Math.hypot(x1 - x0, y1 - y0);
  return {
    x0,
    y0,
    x1,
    y1,
    cx: (x0 + x1) / 2 + (y1 - y0) * (0.08 + 0.05 * arc.bend),
    cy: (y0 + y1) / 2 - length * (0.24 + 0.07 * arc.bend) - 6,
  };
}

function at(c: Curve, t: number): [number, number] {
  const u = 1 - t;
  return [
    u * u * c.x0 + 2 * u * t * c.cx + t * t * c.x1,
    u * u * c.y0 + 2 * u * t * c.cy + t * t * c.y1,
  ];
}

/* The piece of a curve from t0 to t1 is a quadratic curve too (de Casteljau). */
function piece(context: CanvasRenderingContext2D, c: Curve, t0: number, t1: number): void {
  const [ax, ay] = at(c, t0);
  const [bx, by] = at(c, t1);
  const ux = c.x0 + (c.cx - c.x0) * t0;
  const uy = c.y0 + (c.cy - c.y0) * t0;
  const vx = c.cx + (c.x1 - c.cx) * t0;
  const vy = c.cy + (c.y1 - c.cy) * t0;
  context.moveTo(ax, ay);
  context.quadraticCurveTo(ux + (vx - ux) * t1, uy + (vy - uy) * t1, bx, by);
}

export class Arcs {
  alive: Arc[] = [];
  asked = 0; /* sessions of all visits since the last look at the ratio */
  drawn = 0; /* arcs for them */

  add(arc: Arc): void {
    this.asked += arc.stands_for;
    if (this.alive.length >= ARCS_MAX) return;
    this.drawn++;
    this.alive.push(arc);
  }

  clear(): void {
    this.alive = [];
    this.asked = this.drawn = 0;
  }

  /** Sessions that one arc stands for, since the last call. */
  ratio(): number {
    const ratio = this.drawn > 0 ? this.asked / this.drawn : 1;
    this.asked = this.drawn = 0;
    return ratio;
  }

  draw(
    context: CanvasRenderingContext2D,
    colours: string[],
    light: boolean,
    calm: boolean,
    now_ms: number,
  ): void {
    const kept: Arc[] = [];
    const heads: Arc[][] = Array.from({ length: colours.length * WIDTHS.length }, () => []);
    for (const arc of this.alive) {
      const age = now_ms - arc.born_ms;
      if (age > (calm ? CALM_MS : arc.life_ms)) continue;
      kept.push(arc);
      heads[arc.colour * WIDTHS.length + arc.width].push(arc);
    }
    this.alive = kept;
    context.lineCap = "round";
    heads.forEach((arcs, index) => {
      if (arcs.length === 0) return;
      context.globalCompositeOperation = light ? "source-over" : "lighter";
      context.strokeStyle = colours[Math.floor(index / WIDTHS.length)];
      context.lineWidth = WIDTHS[index % WIDTHS.length];
      if (calm) this.still(context, arcs);
      else this.moving(context, arcs, kept.length, now_ms);
    });
    context.globalAlpha = 1;
    context.globalCompositeOperation = "source-over";
  }

  private still(context: CanvasRenderingContext2D, arcs: Arc[]): void {
    context.globalAlpha = 0.45;
    context.beginPath();
    for (const arc of arcs) {
      const c = curve(arc);
      piece(context, c, 0, 1);
    }
    context.stroke();
  }

  private moving(context: CanvasRenderingContext2D, arcs: Arc[], all: number, now_ms: number) {
    const trace = all > 400 ? 0.1 : 0.2; /* many thin traces would add up to white */
    context.globalAlpha = trace;
    context.beginPath();
    for (const arc of arcs) {
      const t = (now_ms - arc.born_ms) / arc.life_ms;
      const c = curve(arc);
      piece(context, c, Math.max(0, t * 1.6 - 0.6), Math.min(1, t * 1.35));
    }
    context.stroke();
    context.globalCompositeOperation = "source-over"; /* added up, many colours are white */
    context.globalAlpha = all > 400 ? 0.75 : 0.95;
    context.beginPath();
    for (const arc of arcs) {
      const t = ((now_ms - arc.born_ms) / arc.life_ms) * (1 + TRAIL);
      const c = curve(arc);
      const t1 = Math.min(1, t);
      const t0 = Math.min(1, Math.max(0, t - TRAIL));
      if (t1 > t0) piece(context, c, t0, t1);
    }
    context.stroke();
  }

  /** The arc under a point, by 14 samples of each curve. */
  find(x: number, y: number): Arc | null {
    let best: Arc | null = null;
    let nearest = 7;
    for (const arc of this.alive) {
      const c = curve(arc);
      for (let i = 0; i <= 14; i++) {
        const [px, py] = at(c, i / 14);
        const distance = Math.hypot(px - x, py - y);
        if (distance < nearest) {
          nearest = distance;
          best = arc;
        }
      }
    }
    return best;
  }
}

export function widthOf(sessions: number): number {
  return sessions >= 100 ? 2 : sessions >= 10 ? 1 : 0;
}
