// SPDX-License-Identifier: Apache-2.0
// What the map plays: the live stream, or a replay of the store from any instant at any speed.
// Both give the same events to the same listener.
import { address } from "../api";
import { follow } from "../events";
import { iso, parse } from "../format";
import type { Happening, Lost, VisitBatch } from "../types";

export const speeds = [1, 10, 60, 600, 1800, 3600, 10000];
export type Mode = "live" | "replay" | "paused";

export interface Listener {
  visits(batch: VisitBatch): void;
  clock(at_ms: number): void;
  happened(what: Happening): void; /* a hop, a level, an actor */
  missed(what: Lost): void; /* this page was too slow, or away */
  changed(): void; /* mode, speed or place in time */
  trouble(why: string | null): void;
}

export class Player {
  mode: Mode = "paused";
  at_ms = NaN; /* of a replay; what is shown up to now */
  speed = 600;
  filter = "";
  ended = false;
  refused = false; /* the filter is none */
  private open: { close(): void } | null = null;

  constructor(private readonly listener: Listener) {}

  live(): void {
    this.stop();
    this.mode = "live";
    this.ended = false;
    this.connect(address("stream", { filter: this.filter }), true);
    this.listener.changed();
  }

  play(): void {
    if (!Number.isFinite(this.at_ms)) return;
    this.stop();
    this.mode = "replay";
    this.ended = false;
    const params = { from: iso(this.at_ms), speed: this.speed, filter: this.filter };
    this.connect(address("replay", params), false);
    this.listener.changed();
  }

  pause(): void {
    this.stop();
    this.mode = "paused";
    this.listener.changed();
  }

  seek(at_ms: number): void {
    const playing = this.mode === "replay";
    this.stop();
    this.at_ms = at_ms;
    if (playing) this.play();
    else {
      this.mode = "paused";
      this.listener.changed();
    }
  }

  setSpeed(speed: number): void {
    this.speed = speed;
    if (this.mode === "replay") this.play();
    else this.listener.changed();
  }

  stop(): void {
    this.open?.close();
    this.open = null;
  }

  private connect(url: string, again: boolean): void {
    this.refused = false;
    this.open = follow(url, again, {
      event: (name, data) => this.take(name, data),
      state: (state, why) => {
        if (state === "ended") {
          this.ended = true;
          this.pause();
        } else if (state === "lost" || state === "refused") {
          this.refused = state === "refused";
          this.listener.trouble(why ?? "the connection was lost");
          if (!again) this.pause();
        } else this.listener.trouble(null);
      },
    });
  }

  private take(name: string, data: unknown): void {
    const fields = (data ?? {}) as Record<string, unknown>;
    if (name === "visits") {
      this.listener.visits(data as VisitBatch);
    } else if (name === "clock") {
      const at_ms = parse(fields.time as string | null);
      if (Number.isFinite(at_ms)) {
        this.at_ms = at_ms;
        this.listener.clock(at_ms);
      }
    } else if (name === "event") {
      this.listener.happened(data as Happening);
    } else if (name === "lost") {
      this.listener.missed(data as Lost);
    } else if (name === "problem") {
      this.listener.trouble(String(fields.error ?? "the service had a problem"));
    }
  }
}
