// SPDX-License-Identifier: Apache-2.0
// The sources and sensors that the map has seen, and where they are drawn. Bounded: the source that
// was silent longest goes first.
import type { Visit } from "../types";
import type { Point, World } from "./world";

const SOURCES_MAX = 3000;

export interface Place {
  lat: number;
  lon: number;
  exact: boolean; /* false: the middle of its country, set off a little */
}

export interface SeenSource {
  address: string;
  country: string | null;
  place: Place | null;
  x: number;
  y: number;
  sessions: number;
  category: number;
  seen_ms: number; /* of the page's clock */
  last: Visit;
}

export interface SeenSensor {
  name: string;
  place: Place | null;
  x: number;
  y: number;
  sessions: number;
  lit_ms: number;
  provisional: boolean; /* stands in for those that logs name, until the first of them comes */
}

/* A number from 0 to 1 that stays the same for an address. */
function spread(text: string, salt: number): number {
  let hash = 2166136261 ^ salt;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16777619);
  hash = Math.imul(hash ^ (hash >>> 15), 2246822507);
  return ((hash ^ (hash >>> 13)) >>> 0) / 4294967296;
}

export class Places {
  readonly sources = new Map<string, SeenSource>();
  readonly sensors = new Map<string, SeenSensor>();
  unplaced = 0; /* sessions of sources without any place */
  private below = 0; /* height of what lies over the lower edge of the canvas */

  constructor(private readonly world: World) {}

  clear(): void {
    this.sources.clear();
    this.unplaced = 0;
    for (const sensor of this.sensors.values()) sensor.sessions = 0;
  }

  /** Where an address is, by what the event says, else by its country. */
  find(address: string, country: string | null, lat?: number | null, lon?: number | null) {
    if (lat !== null && lat !== undefined && lon !== null && lon !== undefined)
      return { lat, lon, exact: true };
    const centre = country ? this.world.centre(country) : null;
    if (!centre) return null;
    return {
      lat: centre.lat + (spread(address, 1) - 0.5) * 4,
      lon: centre.lon + (spread(address, 2) - 0.5) * 5,
      exact: false,
    };
  }

  sensor(name: string, lat?: number | null, lon?: number | null, provisional = false): SeenSensor {
    let sensor = this.sensors.get(name);
    if (!sensor) {
      for (const each of this.sensors.values())
        if (each.provisional) this.sensors.delete(each.name);
      const known = lat !== null && lat !== undefined && lon !== null && lon !== undefined;
      sensor = {
        name,
        place: known ? { lat, lon, exact: true } : null,
        x: 0,
        y: 0,
        sessions: 0,
        lit_ms: 0,
        provisional,
      };
      this.sensors.set(name, sensor);
      this.project();
    } else if (!provisional) {
      sensor.provisional = false;
    }
    return sensor;
  }

  source(visit: Visit, category: number, now_ms: number): SeenSource {
    let source = this.sources.get(visit.src);
    if (source) {
      this.sources.delete(visit.src); /* to the end: the newest */
    } else {
      const place = this.find(visit.src, visit.country, visit.lat, visit.lon);
      const point = place ? this.point(place) : null;
      source = {
        address: visit.src,
        country: visit.country,
        place,
        x: point ? point[0] : -100,
        y: point ? point[1] : -100,
        sessions: 0,
        category,
        seen_ms: now_ms,
        last: visit,
      };
      if (this.sources.size >= SOURCES_MAX) {
        const oldest = this.sources.keys().next().value;
        if (oldest !== undefined) this.sources.delete(oldest);
      }
    }
    source.sessions += visit.stands_for;
    source.category = category;
    source.seen_ms = now_ms;
    source.last = visit;
    if (!source.place) this.unplaced += visit.stands_for;
    this.sources.set(visit.src, source);
    return source;
  }

  point(place: Place): Point | null {
    return this.world.place(place.lat, place.lon);
  }

  /** What lies over the lower edge, in pixels: sensors without a place stand above it. */
  raise(below: number): void {
    if (below === this.below) return;
    this.below = below;
    this.project();
  }

  /** After the canvas changed its size. Sensors without a place stand in a row below the world. */
  project(): void {
    for (const source of this.sources.values()) {
      const point = source.place ? this.point(source.place) : null;
      if (point) [source.x, source.y] = point;
    }
    const homeless = [...this.sensors.values()].filter((sensor) => !sensor.place);
    for (const sensor of this.sensors.values()) {
      const point = sensor.place ? this.point(sensor.place) : null;
      if (point) [sensor.x, sensor.y] = point;
    }
    homeless.forEach((sensor, index) => {
      sensor.x = (this.world.width * (index + 1)) / (homeless.length + 1);
      sensor.y = this.world.height - 40 - this.below;
    });
  }
}
