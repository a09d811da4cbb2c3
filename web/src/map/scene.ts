// SPDX-License-Identifier: Apache-2.0
// The canvases of the map and what is drawn on them: the world, which changes seldom, and above it
// sources, arcs, hops and sensors, drawn anew each frame.
import { categories, category } from "../category";
import { calm, colour, current } from "../theme";
import { h } from "../dom";
import type { Hop, Visit } from "../types";
import { Arcs, widthOf, type Arc } from "./arcs";
import { HopSigns } from "./hops";
import { Places, type SeenSensor, type SeenSource } from "./places";
import { World, type Insets } from "./world";

const FADE_MS = 45000; /* a source that was silent for so long is gone from the map */
const CALM_FRAME_MS = 500;

export type Found = { arc: Arc } | { source: SeenSource } | { sensor: SeenSensor } | null;

export class Scene {
  readonly world = new World();
  readonly places = new Places(this.world);
  readonly arcs = new Arcs();
  readonly hops: HopSigns;
  readonly element: HTMLElement;
  frames = 0;
  private readonly ground = h("canvas", { "aria-hidden": "true" });
  private readonly front = h("canvas", {
    role: "img",
    "aria-label": "World map: arcs from sources to sensors. The lists beside it say the same in words.",
  });
  private readonly overlay = h("div", { class: "map-overlay" });
  private readonly heat = new Map<string, number>();
  private scale = 1;
  private frame = 0;
  private drawn_ms = 0;
  private turn = 0;
  private readonly watcher = new ResizeObserver(() => this.resize());
  private readonly themed = () => this.drawGround();

  constructor(
    private readonly insets: () => Insets,
    open: (hop: Hop) => void,
  ) {
    this.hops = new HopSigns(this.places, this.overlay, open);
    this.element = h("div", { class: "map-scene" }, this.ground, this.front, this.overlay);
    window.addEventListener("nightjar-theme", this.themed);
  }

  async start(): Promise<void> {
    await this.world.load();
    this.watcher.observe(this.element);
    this.resize();
    const step = (now_ms: number) => {
      this.frame = requestAnimationFrame(step);
      if (calm.matches && now_ms - this.drawn_ms < CALM_FRAME_MS) return;
      this.drawn_ms = now_ms;
      this.draw(now_ms);
    };
    this.frame = requestAnimationFrame(step);
  }

  destroy(): void {
    cancelAnimationFrame(this.frame);
    this.watcher.disconnect();
    window.removeEventListener("nightjar-theme", this.themed);
  }

  clear(): void {
    this.arcs.clear();
    this.places.clear();
    this.hops.clear();
    this.heat.clear();
    this.drawGround();
  }

  resize(): void {
    const width = this.element.clientWidth;
    const height = this.element.clientHeight;
    if (width === 0 || height === 0) return;
    this.scale = Math.min(2, devicePixelRatio || 1);
    for (const canvas of [this.ground, this.front]) {
      canvas.width = Math.round(width * this.scale);
      canvas.height = Math.round(height * this.scale);
    }
    this.world.resize(width, height, this.insets());
    this.places.project();
    this.hops.layout();
    this.drawGround();
  }

  visit(visit: Visit, delay_ms: number): void {
    const now_ms = performance.now();
    const sought = category(visit.dport);
    const source = this.places.source(visit, sought, now_ms);
    const sensor = this.places.sensor(visit.sensor, visit.sensor_lat, visit.sensor_lon);
    sensor.sessions += visit.stands_for;
    sensor.lit_ms = now_ms;
    if (!source.place) return;
    const far = Math.hypot(source.x - sensor.x, source.y - sensor.y);
    this.arcs.add({
      source,
      sensor,
      port: visit.dport,
      proto: visit.proto,
      stands_for: visit.stands_for,
      colour: sought,
      width: widthOf(visit.stands_for),
      bend: (this.turn = (this.turn + 0.618034) % 1) * 2 - 1,
      born_ms: now_ms + delay_ms,
      life_ms: 900 + Math.min(900, far * 1.6),
    });
  }

  /** Light up countries by their share of what was shown. */
  warm(countries: Map<string, number>): void {
    const most = Math.max(1, ...countries.values());
    this.heat.clear();
    for (const [code, sessions] of countries)
      if (code) this.heat.set(code, Math.log1p(sessions) / Math.log1p(most));
    this.drawGround();
  }

  find(x: number, y: number): Found {
    let found: Found = null;
    let nearest = 9;
    for (const sensor of this.places.sensors.values()) {
      const distance = Math.hypot(sensor.x - x, sensor.y - y);
      if (distance < nearest) {
        nearest = distance;
        found = { sensor };
      }
    }
    if (found) return found;
    for (const source of this.places.sources.values()) {
      const distance = Math.hypot(source.x - x, source.y - y);
      if (distance < nearest) {
        nearest = distance;
        found = { source };
      }
    }
    if (found) return found;
    const arc = this.arcs.find(x, y);
    return arc ? { arc } : null;
  }

  private context(canvas: HTMLCanvasElement): CanvasRenderingContext2D | null {
    const context = canvas.getContext("2d");
    context?.setTransform(this.scale, 0, 0, this.scale, 0, 0);
    return context;
  }

  private drawGround(): void {
    const context = this.context(this.ground);
    if (context) this.world.draw(context, this.heat);
  }

  private draw(now_ms: number): void {
    const context = this.context(this.front);
    if (!context) return;
    const theme = current();
    const colours = categories.map((each) => each[theme]);
    this.frames++;
    context.clearRect(0, 0, this.world.width, this.world.height);
    this.drawSources(context, colours, now_ms);
    this.arcs.draw(context, colours, theme === "light", calm.matches, now_ms);
    this.drawSensors(context, now_ms);
    this.hops.draw(context, calm.matches, now_ms);
  }

  /* Dots, by colour and by how long they were silent. */
  private drawSources(context: CanvasRenderingContext2D, colours: string[], now_ms: number): void {
    const steps = [0.85, 0.5, 0.28, 0.14];
    const groups: SeenSource[][] = Array.from({ length: colours.length * steps.length }, () => []);
    for (const source of this.places.sources.values()) {
      const silence = (now_ms - source.seen_ms) / FADE_MS;
      if (silence >= 1 || !source.place) continue;
      groups[source.category * steps.length + Math.floor(Math.max(0, silence) * steps.length)].push(source);
    }
    groups.forEach((sources, index) => {
      if (sources.length === 0) return;
      context.fillStyle = colours[Math.floor(index / steps.length)];
      context.globalAlpha = steps[index % steps.length];
      context.beginPath();
      for (const source of sources) {
        const radius = 1.3 + Math.min(3.4, Math.log10(1 + source.sessions) * 0.85);
        context.moveTo(source.x + radius, source.y);
        context.arc(source.x, source.y, radius, 0, 2 * Math.PI);
      }
      context.fill();
    });
    context.globalAlpha = 1;
  }

  /* They stand in a row: names in turns above and below it, so that they do not meet. */
  private nameHomeless(context: CanvasRenderingContext2D, sensor: SeenSensor, index: number): void {
    const y = sensor.y + (index % 2 === 0 ? 21 : -21);
    context.textAlign = "center";
    context.strokeText(sensor.name, sensor.x, y);
    context.fillText(sensor.name, sensor.x, y);
    if (index > 0) return;
    context.fillStyle = colour("muted");
    context.fillText("Sensors without a place (place = LAT, LON)", this.world.width / 2, sensor.y - 44);
  }

  private drawSensors(context: CanvasRenderingContext2D, now_ms: number): void {
    const ink = colour("ink");
    let homeless = 0;
    context.font = "600 12px system-ui, sans-serif";
    context.textBaseline = "middle";
    for (const sensor of this.places.sensors.values()) {
      const lit = Math.max(0, 1 - (now_ms - sensor.lit_ms) / 900);
      context.strokeStyle = context.fillStyle = ink;
      context.globalAlpha = 0.25 + 0.5 * lit;
      context.lineWidth = 1.2;
      context.beginPath();
      context.arc(sensor.x, sensor.y, 9 + (calm.matches ? 0 : 3 * (1 - lit)), 0, 2 * Math.PI);
      context.stroke();
      context.globalAlpha = 1;
      context.beginPath();
      context.rect(sensor.x - 3.4, sensor.y - 3.4, 6.8, 6.8);
      context.fill();
      context.lineWidth = 3;
      context.strokeStyle = colour("ground");
      if (!sensor.place) {
        this.nameHomeless(context, sensor, homeless++);
        continue;
      }
      const text = sensor.name;
      const left = sensor.x > this.world.width * 0.62;
      context.textAlign = left ? "right" : "left";
      context.strokeText(text, sensor.x + (left ? -15 : 15), sensor.y);
      context.fillText(text, sensor.x + (left ? -15 : 15), sensor.y);
    }
  }
}
