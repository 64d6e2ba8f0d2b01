// Bundles the script for the tag (kizuna.js), the stub (snippet.js), the lazy parts (banner.js,
// conditions.js) and the npm module (index.js), prints what each weighs on the wire and fails over a budget.
import { readFileSync, rmSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { build, transform } from "esbuild";

const BUDGET_BYTES = { "kizuna.js": 8192, "snippet.js": 700, "conditions.js": 3072 };
// The banner may cost 4 KB in all: its own part, and what the script weighs more because of it.
const BANNER_BUDGET_BYTES = 4096;
const BYTES_BEFORE_BANNER = 6708;
const { version } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));

const common = {
  absWorkingDir: new URL(".", import.meta.url).pathname,
  bundle: true,
  charset: "utf8",
  define: { __VERSION__: JSON.stringify(version) },
  legalComments: "none",
  logLevel: "warning",
  plugins: [{ name: "css-as-text", setup: bundleCssAsText }],
  target: ["es2020"],
};

/** Style sheets become constructable ones at run time: the bundle holds them as small text. */
function bundleCssAsText({ onLoad }) {
  onLoad({ filter: /\.css$/ }, async ({ path }) => {
    const { code } = await transform(readFileSync(path, "utf8"), { loader: "css", minify: true });
    return { contents: code.trim(), loader: "text" };
  });
}

rmSync(new URL("dist", import.meta.url), { recursive: true, force: true });
await build({
  ...common,
  entryPoints: { kizuna: "src/script.ts", snippet: "src/snippet.ts" },
  format: "iife",
  minify: true,
  outdir: "dist",
});
await build({
  ...common,
  entryPoints: { banner: "src/banner/banner.ts", conditions: "src/conditions/evaluate.ts" },
  format: "esm",
  minify: true,
  outdir: "dist",
});
// The npm module stays readable: the application's own bundler minifies it.
await build({ ...common, entryPoints: ["src/index.ts"], format: "esm", outfile: "dist/index.js" });

const weights = {};
let over = false;
for (const name of ["kizuna.js", "snippet.js", "banner.js", "conditions.js", "index.js"]) {
  const code = readFileSync(new URL(`dist/${name}`, import.meta.url));
  weights[name] = gzipSync(code, { level: 9 }).length;
  const budget = BUDGET_BYTES[name];
  const verdict = budget === undefined ? "" : ` of ${budget} allowed`;
  console.log(`${name.padEnd(13)} ${code.length} bytes, ${weights[name]} gzip${verdict}`);
  over ||= budget !== undefined && weights[name] > budget;
}
const grown = weights["kizuna.js"] - BYTES_BEFORE_BANNER;
const banner = weights["banner.js"] + Math.max(0, grown);
console.log(
  `the banner    ${banner} gzip of ${BANNER_BUDGET_BYTES} allowed, of which kizuna.js grew ${grown}`,
);
if (over || banner > BANNER_BUDGET_BYTES) {
  console.error("Over the size budget: take something out, or make it a lazy part.");
  process.exit(1);
}
