// The TypeScript tests: beside their sources, in processes of their own, two at a time.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{harness,kernels,reports}/**/*.test.ts"],
    pool: "forks",
    maxWorkers: 2,
    // Tests that start brokers, compilers or pages are slow on a small machine; a hang is still found.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A focused test would leave the others out unseen.
    allowOnly: false,
  },
});
