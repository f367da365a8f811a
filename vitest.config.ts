import { defineConfig } from "vitest/config";
import { SlowFirst } from "./test/support/slow-first.ts";

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
    sequence: { sequencer: SlowFirst },
    // They only keep a broken test from hanging; a busy machine is no fault.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    teardownTimeout: 120_000,
    expect: { poll: { timeout: 90_000 } },
  },
});
