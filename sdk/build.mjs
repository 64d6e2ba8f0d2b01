// Bundles the script for the tag (kizuna.js), the stub (snippet.js) and the npm module (index.js),
// prints what each weighs on the wire and fails when the script is over its budget.
import { readFileSync, rmSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const BUDGET_BYTES = { "kizuna.js": 8192, "snippet.js": 700 };
const { version } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));

const common = {
  absWorkingDir: new URL(".", import.meta.url).pathname,
  bundle: true,
  charset: "utf8",
  define: { __VERSION__: JSON.stringify(version) },
  legalComments: "none",
  logLevel: "warning",
  target: ["es2020"],
};

rmSync(new URL("dist", import.meta.url), { recursive: true, force: true });
await build({
  ...common,
  entryPoints: { kizuna: "src/script.ts", snippet: "src/snippet.ts" },
  format: "iife",
  minify: true,
  outdir: "dist",
});
// The npm module stays readable: the application's own bundler minifies it.
await build({ ...common, entryPoints: ["src/index.ts"], format: "esm", outfile: "dist/index.js" });

let over = false;
for (const name of ["kizuna.js", "snippet.js", "index.js"]) {
  const code = readFileSync(new URL(`dist/${name}`, import.meta.url));
  const bytes = gzipSync(code, { level: 9 }).length;
  const budget = BUDGET_BYTES[name];
  const verdict = budget === undefined ? "" : ` of ${budget} allowed`;
  console.log(`${name.padEnd(12)} ${code.length} bytes, ${bytes} gzip${verdict}`);
  over ||= budget !== undefined && bytes > budget;
}
if (over) {
  console.error("Over the size budget: take something out, or make it a lazy part.");
  process.exit(1);
}
