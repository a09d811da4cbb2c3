// SPDX-License-Identifier: Apache-2.0
// What is sought, by destination port: the colours of the map. Six, so that they stay apart;
// each has a name beside it wherever it is used.

export interface Category {
  name: string;
  style: string; /* the class c-NAME of base.css */
  dark: string;
  light: string;
}

export const categories: Category[] = [
  { name: "Telnet, devices", style: "device", dark: "#37d5f2", light: "#086c86" },
  { name: "Remote login", style: "login", dark: "#ff6f78", light: "#c42b39" },
  { name: "Files, Windows", style: "file", dark: "#ffb84d", light: "#8a5500" },
  { name: "Databases", style: "data", dark: "#6fe09a", light: "#147a41" },
  { name: "Web, proxies", style: "web", dark: "#a995ff", light: "#5f48c9" },
  { name: "Other", style: "other", dark: "#9db2d8", light: "#51668c" },
];

const ports: number[][] = [
  [23, 2323, 5555, 7547, 37215, 52869, 554, 9530, 8291, 1900, 5060, 60023, 81, 34567, 2601],
  [22, 2222, 3389, 5900, 5901, 3390, 3388, 513, 514, 22222, 5985, 5986, 4899, 1723],
  [445, 139, 135, 137, 138, 21, 111, 2049, 873, 548],
  [1433, 3306, 5432, 6379, 27017, 9200, 1521, 11211, 5984, 9042, 1434, 50000],
  [80, 443, 8080, 8443, 8000, 8888, 8081, 8088, 3128, 1080, 8118, 8123, 9090, 7001, 8090, 5000],
];

const categoryOf = new Map<number, number>();
ports.forEach((list, index) => list.forEach((port) => categoryOf.set(port, index)));

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
