// SPDX-License-Identifier: Apache-2.0
// Static files only: no inline script, style or data address, so that the strictest content
// policy of the service holds (docs/man/nightjar-serve.1).
import { defineConfig } from "vite";

export default defineConfig({
  base: "./",
  build: {
    outDir: "../build/web",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
