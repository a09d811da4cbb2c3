// SPDX-License-Identifier: Apache-2.0
// The world: outlines, their projection onto the canvas, and where a place or country is on it.
// Outlines: world-atlas (Natural Earth, public domain).
import { geoCentroid, geoGraticule10, geoNaturalEarth1, geoPath } from "d3-geo";
import type { Feature, FeatureCollection, Geometry } from "geojson";
import { feature } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import atlasUrl from "world-atlas/countries-110m.json?url";
import { lettersOf } from "../codes";
import { colour } from "../theme";

export type Point = [number, number];
export interface Insets {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

const ANTARCTICA = "010";
/* Largest parts of countries whose centre of mass would lie off their mainland. */
const mainlands: Record<string, Point> = {
  US: [-98, 39.5],
  FR: [2.5, 46.6],
  NO: [9, 61.5],
  CA: [-100, 56],
  RU: [90, 60],
  NL: [5.3, 52.2],
};

export class World {
  private readonly projection = geoNaturalEarth1();
  private readonly countries: { code: string; shape: Feature<Geometry> }[] = [];
  private readonly centres = new Map<string, Point>();
  width = 1;
  height = 1;

  async load(): Promise<void> {
    const atlas = (await (await fetch(atlasUrl)).json()) as Topology;
    const all = feature(atlas, atlas.objects.countries as GeometryCollection) as FeatureCollection;
    for (const shape of all.features) {
      const id = String(shape.id ?? "").padStart(3, "0");
      if (id === ANTARCTICA) continue;
      const code = lettersOf.get(id) ?? "";
      this.countries.push({ code, shape });
      if (code) this.centres.set(code, mainlands[code] ?? (geoCentroid(shape) as Point));
    }
  }

  resize(width: number, height: number, insets: Insets): void {
    this.width = width;
    this.height = height;
    const shapes: FeatureCollection = {
      type: "FeatureCollection",
      features: this.countries.map((country) => country.shape),
    };
    this.projection.fitExtent(
      [
        [insets.left, insets.top],
        [width - insets.right, height - insets.bottom],
      ],
      shapes,
    );
  }

  place(lat: number, lon: number): Point | null {
    return this.projection([lon, lat]);
  }

  /** The middle of a country: for addresses of which no more is known. */
  centre(code: string): { lat: number; lon: number } | null {
    const centre = this.centres.get(code);
    return centre ? { lon: centre[0], lat: centre[1] } : null;
  }

  /** @param heat  0 to 1 by country: how much came from there */
  draw(context: CanvasRenderingContext2D, heat: Map<string, number>): void {
    const path = geoPath(this.projection, context);
    context.clearRect(0, 0, this.width, this.height);
    context.beginPath();
    path(geoGraticule10());
    context.strokeStyle = colour("graticule");
    context.lineWidth = 0.5;
    context.stroke();

    context.save();
    context.shadowColor = colour("land-glow");
    context.shadowBlur = 18;
    context.beginPath();
    for (const country of this.countries) path(country.shape);
    context.fillStyle = colour("land");
    context.fill();
    context.restore();

    const hot = colour("land-hot");
    context.fillStyle = hot;
    for (const country of this.countries) {
      const value = heat.get(country.code);
      if (!value) continue;
      context.globalAlpha = 0.08 + 0.42 * value;
      context.beginPath();
      path(country.shape);
      context.fill();
    }
    context.globalAlpha = 1;
    context.beginPath();
    for (const country of this.countries) path(country.shape);
    context.strokeStyle = colour("border");
    context.lineWidth = 0.6;
    context.stroke();
  }
}
