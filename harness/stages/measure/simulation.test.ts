// The interval of a race holds the truth in about 95 of 100, whatever the noise and whenever the race stops; here with few trials, many in `measure selftest`.
import { describe, expect, it } from "vitest";
import { TIMING } from "../../domain/measurement.ts";
import { seededRandom } from "../../domain/random.ts";
import { coverage, NOISES, simulated, SPREADS } from "./simulation.ts";

const SEED = "0123456789abcdef0011223344556677";

describe("the interval of a race that stops by itself", () => {
  it.each(Object.entries(NOISES))("holds the truth under %s noise", (_, draw) => {
    const random = seededRandom(SEED);
    const found = SPREADS.map((spread) => coverage(draw, spread, TIMING.halfWidth.device, 150, random));
    const all = found.reduce((sum, share) => sum + share, 0) / found.length;
    // 5 sigma of a binomial with p = 0.95 and 1,050 trials is 3.4 %.
    expect(Math.abs(all - 0.95)).toBeLessThan(0.034);
    for (const share of found) expect(share).toBeGreaterThan(0.86);
  });

  it("stops at every one of its looks, as the spread asks", () => {
    const random = seededRandom(SEED);
    const draw = NOISES["normal"] ?? (() => 0);
    const ends = SPREADS.flatMap((spread) =>
      Array.from({ length: 40 }, () => simulated(draw, spread, TIMING.halfWidth.device, random).pairs),
    );
    expect([...new Set(ends)].sort((a, b) => a - b)).toEqual([...TIMING.looks]);
  });
});
