import { expect, test } from "vitest";

/** Who may import whom: the app composes features, features share nothing but lib and components. */
const sources = import.meta.glob<string>("./**/*.{ts,tsx}", {
  eager: true,
  query: "?raw",
  import: "default",
});

const IMPORT = /(?:from|import\()\s*"([^"]+)"/g;

interface Edge {
  from: string;
  to: string;
}

function listImports(): Edge[] {
  return Object.entries(sources).flatMap(([path, text]) =>
    [...text.matchAll(IMPORT)].map((match) => ({
      from: path.slice(2),
      to: resolve(path, match[1] ?? ""),
    })),
  );
}

function resolve(path: string, target: string): string {
  if (target.startsWith("@/")) return target.slice(2);
  if (!target.startsWith(".")) return target;
  return new URL(target, `file:///${path.slice(2)}`).pathname.slice(1);
}

const edges = listImports();

test("a feature imports no other feature and not the app", () => {
  const wrong = edges.filter(({ from, to }) => {
    const feature = /^features\/([^/]+)\//.exec(from)?.[1];
    if (!feature) return false;
    return (
      to.startsWith("app/") ||
      (to.startsWith("features/") && !to.startsWith(`features/${feature}/`))
    );
  });
  expect(wrong).toEqual([]);
});

test("components and lib know no feature", () => {
  const wrong = edges.filter(
    ({ from, to }) => /^(components|lib)\//.test(from) && /^(features|app)\//.test(to),
  );
  expect(wrong).toEqual([]);
});

test("lib draws nothing", () => {
  expect(
    edges.filter(({ from, to }) => from.startsWith("lib/") && to.startsWith("components/")),
  ).toEqual([]);
});

test("charts and the SQL editor are only loaded when they are shown", () => {
  const heavy = edges.filter(
    ({ from, to }) =>
      (to.startsWith("echarts") && !from.startsWith("components/chart/")) ||
      (to.startsWith("@codemirror") && from !== "features/analytics/SqlEditor.tsx"),
  );
  expect(heavy).toEqual([]);
});
