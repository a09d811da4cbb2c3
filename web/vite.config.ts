// SPDX-License-Identifier: Apache-2.0
// Static files only: no inline script, style or data address, so that the strictest content
// policy of the service holds (docs/man/nightjar-serve.1).
import { readFileSync } from "node:fs";
import { defineConfig, type Plugin } from "vite";

/* The ports of each category, as commands and reports know them. Of a port with several protocols
 * the first that is not "other" counts. */
function portsByCategory(): Record<string, number[]> {
  const categories = new Map<number, string>();
  for (const line of readFileSync(new URL("../data/ports.tsv", import.meta.url), "utf8").split("\n")) {
    const [port, , , , category] = line.split("\t");
    if (line === "" || line.startsWith("#") || category === undefined || category === "other") continue;
    if (!categories.has(Number(port))) categories.set(Number(port), category);
  }
  const ports: Record<string, number[]> = {};
  categories.forEach((category, port) => (ports[category] ??= []).push(port));
  return ports;
}

const ports: Plugin = {
  name: "ports",
  resolveId: (id) => (id === "virtual:ports" ? "\0ports" : undefined),
  load: (id) => (id === "\0ports" ? `export default ${JSON.stringify(portsByCategory())}` : undefined),
};

export default defineConfig({
  base: "./",
  plugins: [ports],
  build: {
    outDir: "../build/web",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
