import { gzipSync } from "node:zlib";
import type { Plugin, Rolldown } from "vite";

interface Budget {
  limitKb: number;
  /** Module that the first screen after sign-in loads; it counts as part of the first load. */
  firstRoute: string;
}

/** Prints what a first visit downloads, and stops the build when it is over the limit. */
export function firstLoadBudget({ limitKb, firstRoute }: Budget): Plugin {
  return {
    name: "kizuna-first-load-budget",
    apply: "build",
    generateBundle(_options, bundle) {
      const chunks = Object.values(bundle).filter((file) => file.type === "chunk");
      const entry = chunks.find(
        (chunk) => chunk.isEntry && chunk.facadeModuleId?.endsWith("/index.html"),
      );
      const route = chunks.find((chunk) => chunk.facadeModuleId?.endsWith(firstRoute));
      if (!entry) return;
      const shell = staticClosure([entry.fileName], bundle);
      const first = staticClosure([entry.fileName, ...(route ? [route.fileName] : [])], bundle);
      const rest = chunks.filter((chunk) => !first.has(chunk.fileName));
      const kb = gzipKb([...first].map((name) => bundle[name]));
      console.log(`\nFirst load of JavaScript: ${kb.toFixed(1)} KB gzip of ${limitKb} KB`);
      console.log(`  shell ${gzipKb([...shell].map((name) => bundle[name])).toFixed(1)} KB`);
      for (const chunk of rest.toSorted((a, b) => b.code.length - a.code.length).slice(0, 4)) {
        console.log(`  later ${chunk.fileName} ${gzipKb([chunk]).toFixed(1)} KB`);
      }
      if (kb > limitKb)
        this.error(`The first load is ${kb.toFixed(1)} KB gzip, over ${limitKb} KB.`);
    },
  };
}

function staticClosure(names: string[], bundle: Rolldown.OutputBundle): Set<string> {
  const seen = new Set<string>();
  const open = [...names];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const file = bundle[name];
    if (seen.has(name) || file?.type !== "chunk") continue;
    seen.add(name);
    open.push(...file.imports);
  }
  return seen;
}

function gzipKb(files: (Rolldown.OutputBundle[string] | undefined)[]): number {
  const sizes = files.map((file) => (file?.type === "chunk" ? gzipSync(file.code).length : 0));
  return sizes.reduce((sum, size) => sum + size, 0) / 1024;
}
