import { defineConfig } from "vitest/config";

// The workspaces' TypeScript instead of their built JavaScript, here and in processes that tests start.
const conditions = ["takeout-source"];

export default defineConfig({
  resolve: { conditions: [...conditions, "module", "node", "development|production"] },
  ssr: { resolve: { conditions: [...conditions, "node", "development|production"] } },
  test: {
    include: ["test/**/*.test.ts", "sdk/test/**/*.test.ts", "examples/*/test/**/*.test.ts"],
    globalSetup: ["test/support/postgres-setup.ts"],
    env: { NODE_OPTIONS: conditions.map((name) => `--conditions=${name}`).join(" ") },
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 30_000,
  },
});
