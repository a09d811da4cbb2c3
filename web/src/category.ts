// SPDX-License-Identifier: Apache-2.0
// What is sought, by destination port: the colours of the map. Six, so that they stay apart;
// each has a name beside it wherever it is used.
import ports from "virtual:ports";

export interface Category {
  name: string;
  style: string; /* the class c-NAME of base.css */
  dark: string;
  light: string;
}

export const categories: Category[] = [
  { name: "Remote access", style: "login", dark: "#ff6f78", light: "#c42b39" },
  { name: "Devices, industry", style: "device", dark: "#37d5f2", light: "#086c86" },
  { name: "File sharing", style: "file", dark: "#ffb84d", light: "#8a5500" },
  { name: "Databases", style: "data", dark: "#6fe09a", light: "#147a41" },
  { name: "Web, proxies, cloud", style: "web", dark: "#a995ff", light: "#5f48c9" },
  { name: "Other", style: "other", dark: "#9db2d8", light: "#51668c" },
];

/* Of each, the categories of data/ports.tsv; what is in none of them is the last. */
const members: string[][] = [
  ["remote-access"],
  ["iot", "industrial", "network", "voip"],
  ["file-sharing"],
  ["database"],
  ["web", "proxy", "cloud"],
];

const categoryOf = new Map<number, number>();
members.forEach((names, index) =>
  names.forEach((name) => ports[name]?.forEach((port) => categoryOf.set(port, index))),
);

/** An index of `categories`. */
export function category(port: number): number {
  return categoryOf.get(port) ?? categories.length - 1;
}

const protocols: Record<number, string> = { 1: "icmp", 6: "tcp", 17: "udp", 58: "icmpv6", 132: "sctp" };

/** Ports of ICMP are type and code. @param protocol  a name, or its number as stored rows have it */
export function portName(port: number, protocol: string | number): string {
  const proto = typeof protocol === "number" ? (protocols[protocol] ?? `protocol ${protocol}`) : protocol;
  if (proto.startsWith("icmp")) return `${proto} ${port >> 8}/${port & 255}`;
  return proto === "tcp" ? String(port) : `${port}/${proto}`;
}
