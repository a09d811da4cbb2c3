// SPDX-License-Identifier: Apache-2.0
// Numbers, times and names as people read them. All times are UTC.

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const countryNames = new Intl.DisplayNames(["en"], { type: "region", fallback: "none" });

export function count(value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : whole.format(value);
}

/** 1,234 as 1.2k. */
export function short(value: number): string {
  if (value < 1000) return String(Math.round(value));
  if (value < 1e6) return `${(value / 1e3).toFixed(value < 1e4 ? 1 : 0)}k`;
  return `${(value / 1e6).toFixed(value < 1e7 ? 1 : 0)}M`;
}

export function percent(share: number | null | undefined): string {
  return share === null || share === undefined ? "–" : `${(share * 100).toFixed(1)} %`;
}

export function country(code: string | null | undefined): string {
  if (!code) return "unknown";
  try {
    return countryNames.of(code) ?? code;
  } catch {
    return code;
  }
}

/** Milliseconds of a time as the service writes it. */
export function parse(time: string | null | undefined): number {
  if (!time) return NaN;
  const day = /^\d{4}-\d\d-\d\d$/.test(time);
  return Date.parse(day ? `${time}T00:00:00Z` : time.replace(/(\.\d{3})\d+/, "$1"));
}

/** As the service reads it. */
export function iso(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}

export function day(ms: number): string {
  return Number.isFinite(ms) ? iso(ms).slice(0, 10) : "–";
}

/** 2014-09-23 10:15. */
export function minute(time: string | number | null | undefined): string {
  const ms = typeof time === "number" ? time : parse(time);
  return Number.isFinite(ms) ? iso(ms).slice(0, 16).replace("T", " ") : "–";
}

/** 2014-09-23 10:15:55. */
export function second(time: string): string {
  const ms = parse(time);
  return Number.isFinite(ms) ? iso(ms).slice(0, 19).replace("T", " ") : "–";
}

export function clock(time: string | number): string {
  const ms = typeof time === "number" ? time : parse(time);
  return Number.isFinite(ms) ? iso(ms).slice(11, 19) : "–";
}

/** Seconds as "48 min" or "3 days". */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return "–";
  const sign = seconds < 0 ? "−" : "";
  const s = Math.abs(seconds);
  if (s < 90) return `${sign}${Math.round(s)} s`;
  if (s < 90 * 60) return `${sign}${Math.round(s / 60)} min`;
  if (s < 36 * 3600) return `${sign}${(s / 3600).toFixed(1)} h`;
  const days = Math.round(s / 86400);
  return `${sign}${days} day${days === 1 ? "" : "s"}`;
}

/** When who carries on began: hand-overs may overlap. */
export function since(gap: number): string {
  return gap < 0 ? `${duration(-gap)} before the end` : `after ${duration(gap)}`;
}

export function bits(value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(1)}`;
}

/** A probability; what rounds to certainty is not written as such. */
export function probability(p: number | null | undefined): string {
  if (p === null || p === undefined) return "–";
  return p >= 0.9995 ? "> 99.9 %" : `${(p * 100).toFixed(1)} %`;
}

/** When a period ("2014-W37", "2014-09", "2014-09-08", "2014-09-08T10:00Z") begins. */
export function periodStart(period: string): number {
  const week = /^(\d{4})-W(\d\d)$/.exec(period);
  if (week) {
    const fourth = Date.UTC(Number(week[1]), 0, 4); /* always in week 1 */
    const monday = fourth - ((new Date(fourth).getUTCDay() + 6) % 7) * 86400e3;
    return monday + (Number(week[2]) - 1) * 7 * 86400e3;
  }
  if (/^\d{4}-\d\d$/.test(period)) return Date.parse(`${period}-01T00:00:00Z`);
  const hour = /^(\d{4}-\d\d-\d\d)[T ](\d\d)/.exec(period);
  if (hour) return Date.parse(`${hour[1]}T${hour[2]}:00:00Z`);
  return parse(period);
}
