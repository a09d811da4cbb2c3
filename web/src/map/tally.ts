// SPDX-License-Identifier: Apache-2.0
// What the map has shown since it began: sessions by country, port and tool, and how many a second.
import { portName } from "../category";
import type { Visit, VisitBatch } from "../types";

const KEYS_MAX = 5000;
const SOURCES_MAX = 200000;
const RATE_S = 5;

export class Tally {
  sessions = 0; /* those passed over too */
  passed = 0; /* sessions that this page was too slow for: in no list */
  unknown = false; /* there are more of them, nobody knows how many */
  unjudged = 0; /* sessions of which the service had no time to say whether they fit the filter */
  countries = new Map<string, number>();
  ports = new Map<string, number>();
  tools = new Map<string, number>();
  sensors = new Map<string, number>();
  private sources = new Set<string>();
  private recent: { at_ms: number; sessions: number }[] = [];

  clear(): void {
    this.sessions = this.passed = this.unjudged = 0;
    this.unknown = false;
    for (const map of [this.countries, this.ports, this.tools, this.sensors]) map.clear();
    this.sources.clear();
    this.recent = [];
  }

  add(batch: VisitBatch, now_ms: number): void {
    this.sessions += batch.sessions;
    this.unjudged += batch.unjudged ?? 0;
    this.recent.push({ at_ms: now_ms, sessions: batch.sessions });
    for (const visit of batch.visits) this.visit(visit);
  }

  miss(sessions: number | null): void {
    if (sessions === null) this.unknown = true;
    this.sessions += sessions ?? 0;
    this.passed += sessions ?? 0;
  }

  private visit(visit: Visit): void {
    const add = (map: Map<string, number>, key: string) => {
      if (map.has(key) || map.size < KEYS_MAX) map.set(key, (map.get(key) ?? 0) + visit.stands_for);
    };
    add(this.countries, visit.country ?? "");
    add(this.ports, portName(visit.dport, visit.proto));
    add(this.tools, visit.tool ?? "unknown");
    add(this.sensors, visit.sensor);
    if (this.sources.size < SOURCES_MAX) this.sources.add(visit.src);
  }

  /** Sources that were shown; where visits are sampled there are more. */
  get seenSources(): number {
    return this.sources.size;
  }

  /** Sessions in a second of the page's clock. */
  rate(now_ms: number): number {
    this.recent = this.recent.filter((each) => now_ms - each.at_ms < RATE_S * 1000);
    return this.recent.reduce((sum, each) => sum + each.sessions, 0) / RATE_S;
  }

  static top(map: Map<string, number>, n: number): [string, number][] {
    return [...map].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, n);
  }
}
