// The TypeScript tests: beside their sources, in processes of their own, two at a time.
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { defineConfig } from "vitest/config";

/** What takes minutes, longest first: begun last it would keep one process busy while the other has nothing left. */
const LONG = ["score/score.test.ts", "testing/starters.test.ts", "attacks/attacks.test.ts", "vote/kill.test.ts"];

/** Long files first, the others as vitest has them. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const found = LONG.findIndex((end) => moduleId.endsWith(end));
      return found < 0 ? LONG.length : found;
    };
    return (await super.sort(files)).sort((one, other) => place(one) - place(other));
  }
}

export default defineConfig({
  test: {
    include: ["{harness,kernels,reports}/**/*.test.ts"],
    pool: "forks",
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    // Tests that start brokers, compilers or pages are slow on a small machine; a hang is still found.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A focused test would leave the others out unseen.
    allowOnly: false,
  },
});
