// SPDX-License-Identifier: Apache-2.0
// What the service answers (openapi.json): only what the console reads.

export interface Visit {
  ts: string;
  src: string;
  country: string | null;
  asn?: number;
  city?: string | null;
  lat?: number;
  lon?: number;
  sensor: string;
  sensor_lat?: number;
  sensor_lon?: number;
  proto: string;
  dport: number;
  class: string | null;
  tool: string | null;
  app: string | null;
  sessions: number;
  stands_for: number;
}

export interface VisitBatch {
  shown: number;
  visits_seen: number;
  sessions: number;
  unjudged?: number; /* sessions that there was no time to hold against the filter */
  from?: string;
  to?: string;
  visits: Visit[];
}

/** What this reader of a stream has missed; all null: nobody knows. */
export interface Lost {
  missed: number | null; /* messages, from number `first` to `last` */
  sessions: number | null; /* that they told of */
  first: number | null;
  last: number | null;
}

export interface Evidence {
  feature: string;
  bits: number;
  text: string;
}

export interface Hop {
  from: string;
  to: string;
  stopped: string;
  started: string;
  gap_s: number;
  probability: number;
  bits: number;
  kind: string;
  actor?: string | null;
  state: string;
  noticed?: string | null;
  stated?: string | null;
  prior_bits?: number;
  evidence?: Evidence[];
  refute?: string;
  link?: number;
}

export interface Link {
  link: number;
  a: string;
  b: string;
  kind: string;
  state: string;
  probability: number;
  bits: number;
  prior_bits?: number;
  stated?: string | null;
  actor?: string | null;
  evidence?: Evidence[];
  refute?: string;
}

export interface Suspect {
  source: string;
  risk: number;
  level: string;
  grade: string;
  previous_level?: string | null;
  changed?: string | null;
  actor?: string | null;
  country: string | null;
  asn: number | null;
  first: string;
  last: string;
  sessions: number;
  reason?: string;
  stage?: string | null;
  technique?: string | null;
}

export interface Note {
  text: string;
  source?: string | null;
  confidence?: string | null;
  at?: string | null;
  level?: string | null;
  [other: string]: unknown;
}

export interface Source extends Partial<Omit<Suspect, "source">> {
  source: string;
  hostname: string | null;
  isp: string | null;
  organisation: string | null;
  as_name: string | null;
  region: string | null;
  city: string | null;
  lat?: number | null;
  lon?: number | null;
  packets: number;
  ports: { port: number; proto: string; sessions: number }[];
  source_ports: { min: number | null; max: number | null; distinct: number; exact: boolean } | null;
  classes: Record<string, number>;
  rules: Record<string, number>;
  tools: Record<string, number>;
  sensors: Record<string, number>;
  stacks: { stack: string; sessions: number }[];
  grade_reason?: string;
  receipt?: { group: string; points: number; text: string }[];
  scored?: string | null; /* when the receipt was made: the risk falls from there */
  levels?: { at: string; risk: number; level: string; reason: string }[];
  episodes?: {
    first: string;
    last: string;
    state: string;
    sessions: number;
    targets: number;
    top_ports: string;
    tool: string | null;
  }[];
  hops?: Hop[];
  links?: Link[];
  notes?: Note[];
  testimony?: { source: string; date: string | null; country: string | null; asn: number | null; as_name: string | null; region: string | null; city: string | null; isp: string | null; organisation: string | null }[];
  disagreements?: { field: string; values: string }[];
  registrations?: { network: string | null; handle: string | null; range: string | null; organisation: string | null; country: string | null; abuse: string | null; registered: string | null; changed: string | null; server: string | null; date: string | null }[];
  names?: { name: string | null; confirmed: boolean | null; date: string | null }[];
  lists?: { list: string; kind: string; entry: string; label: string | null; date: string | null }[];
  routes?: { prefix: string; origin: number; first: string; last: string; during_packets: boolean; source: string }[];
  route_changes?: unknown[];
  services?: { port: number; proto: string; service: string | null; product: string | null; date: string | null; source: string }[];
  relations?: { family: string; name: string | null; tool: string | null; words: string | null; bits: number | null; key: string | null; state: string | null; packets: number }[];
}

/** Programs with one relation between the fields that they write. */
export interface Family {
  family: string;
  name: string | null; /* an analyst's */
  tool: string | null; /* null: nobody's */
  bits: number | null;
  words: string | null;
  sources: number;
  light: number;
  runs: number | null;
  packets: number;
  first: string;
  last: string;
}

export interface FamilyUser {
  source: string;
  packets: number;
  strength: number | null;
  state: string | null;
  run: string | null;
  first: string;
  last: string;
}

export interface Actor {
  actor: string;
  first: string;
  last: string;
  sessions: number;
  risk: number | null;
  level: string | null;
  label: string | null;
  declared: boolean;
  size: number;
  hops?: Hop[] | number;
  links?: Link[];
  notes?: Note[];
  sources: (Suspect & { from: string; to: string | null })[] | string[];
}

export interface TopRow {
  period?: string;
  partial?: boolean;
  sessions: number;
  sources: number;
  share: number;
  cumulative: number;
  [field: string]: unknown;
}

export interface TimelineRow {
  period: string;
  source: string;
  port: number;
  proto: string;
  sessions: number;
  packets: number;
  sport_min: number | null;
  sport_max: number | null;
}

export interface Sensor {
  sensor: string;
  lat: number | null;
  lon: number | null;
  gather_s: number | null;
  prefixes: number;
}

export interface Span {
  first: string | null;
  last: string | null;
}

/** What the linker and the scores noticed. */
export interface Happening {
  id: number;
  time: string;
  noticed: string;
  event: string;
  source: string | null;
  other?: string | null;
  actor?: string | null;
  link?: number | null;
  text: string;
}

/** How capture is. */
export interface Capture {
  captures: boolean;
  problem: string | null;
  interfaces: { interface: string; up: boolean; packets: number; kernel_dropped: number; interface_dropped: number }[];
  dropped: number;
  journal_bytes: number;
  last_commit: string | null;
  sandboxed: boolean;
}
