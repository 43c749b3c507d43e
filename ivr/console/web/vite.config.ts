// Every file of entries/ is an entry: `asset("phone")` in a page is entries/phone.ts, `asset("console.css")` is
// entries/console.css. Names carry a hash of what is inside; manifest.json (vite's own form) says which is which.
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const entries = readdirSync(here("entries")).filter((name) => /\.(ts|css)$/.test(name) && !name.endsWith(".test.ts"));

export default defineConfig({
  base: "/static/",
  publicDir: false,
  build: {
    outDir: here("../static"),
    emptyOutDir: true,
    manifest: "manifest.json",
    target: "es2022",
    // The policy is `default-src 'self'`: nothing may become a data: address.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    rolldownOptions: { input: entries.map((name) => here(`entries/${name}`)) },
  },
  test: { environment: "happy-dom", include: ["**/*.test.ts"] },
});
