// SPDX-License-Identifier: Apache-2.0
// Made by vite.config.ts of data/ports.tsv: the ports of each category.
declare module "virtual:ports" {
  const ports: Record<string, number[]>;
  export default ports;
}
