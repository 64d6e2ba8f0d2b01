/// <reference types="vitest/config" />
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { firstLoadBudget } from "./scripts/first-load-budget.ts";

const target =
  process.env.KIZUNA_DEV_TARGET ?? `http://127.0.0.1:${process.env.KIZUNA_PORT ?? 8100}`;

export default defineConfig({
  base: "/",
  resolve: { alias: { "@": new URL("./src", import.meta.url).pathname } },
  plugins: [
    react(),
    firstLoadBudget({
      limitKb: 250,
      firstRoute: "features/home/HomePage.tsx",
    }),
  ],
  server: {
    host: "127.0.0.1",
    port: 5173,
    proxy: {
      "/api": { target, ws: true },
      "/v1": { target },
      // A plain prefix would take /insight as well.
      "^/in/": { target },
      "/sdk": { target },
    },
  },
  build: {
    assetsDir: "assets",
    // Fonts and scripts stay files, so that the page runs under `script-src 'self'; font-src 'self'`.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 800,
    rolldownOptions: { input: ["index.html", "api-docs.html"] },
  },
  test: { setupFiles: ["src/test-setup.ts"], maxWorkers: 1 },
});
