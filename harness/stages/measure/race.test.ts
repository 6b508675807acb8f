// A race on scripted times: its ratio is the truth, it stops when it may, and it claims nothing from what is not fair.
import { describe, expect, it } from "vitest";
import { raceSchema, TIMING, timingSchema } from "../../domain/measurement.ts";
import type { Raced } from "../../domain/ports.ts";
import { type Random, seededRandom } from "../../domain/random.ts";
import {
  alone,
  budgetWithin,
  type Contest,
  controlOf,
  race,
  type RaceFailure,
  type RaceResult,
  type RunTurns,
  timingOf,
  VERIFY,
} from "./race.ts";
import { CANDIDATE, freshVariants, OTHER, TWIN } from "./rounds.ts";

const SEED = "0123456789abcdef0011223344556677";
const BUDGET = { seconds: 10, halfWidth: 0.01, pairs: 30, limit: 0.03 };
const NOTHING = { exposedNs: [], mismatch: null, canaries: [], verified: 0, kept: null };

/** A reply in which every call was verified and the fastest of the range is kept. */
function replied(order: Parameters<RunTurns>[0], ns: readonly number[]): Raced {
  const turns = order.turns.slice(0, ns.length);
  const candidates = turns.filter(({ child }) => child === CANDIDATE).length;
  const others = turns.filter(({ child }) => child === (order.verify[0]?.[1] ?? TWIN)).length;
  const kept = order.keep === null ? null : { turn: order.keep.from, inputs: {}, outputs: {} };
  const verified = order.verify.length === 0 ? 0 : Math.min(candidates, others);
  return { ...NOTHING, state: "done", ns, exposedNs: ns.map((_, index) => index % 7), verified, kept };
}

/** Runs turns of a candidate that takes 1000 ns and a baseline that takes `ratio` times as long, with noise above it. */
function times(ratio: number, noise: (random: Random) => number, random = seededRandom(SEED)): RunTurns {
  return async (order) =>
    replied(
      order,
      order.turns.map((turn) => (turn.child === OTHER ? 1000 * ratio : 1000) * (1 + noise(random))),
    );
}

/** A clock on which every look takes `step` seconds. */
function ticking(step: number): () => number {
  let now = 0;
  return () => {
    now += step * 1000;
    return now;
  };
}

function contest(rest: Partial<Contest> = {}): Contest {
  const random = seededRandom(SEED);
  return { baseline: "torch", lineup: "pair", verify: null, keep: 0, variants: freshVariants(), random, ...rest };
}

async function raced(
  run: RunTurns,
  budget = BUDGET,
  elapsed = ticking(0.001),
  rest: Partial<Contest> = {},
): Promise<RaceResult> {
  const result = await race(contest(rest), run, budget, elapsed);
  if (!("race" in result)) throw new Error(JSON.stringify(result));
  raceSchema.parse(result.race);
  return result;
}

const quiet = (): number => 0;

describe("a race", () => {
  it("reads the true ratio: above 1 the candidate is faster", async () => {
    for (const ratio of [0.5, 1, 1.37, 12]) {
      const { race: found } = await raced(times(ratio, quiet));
      const near = expect.closeTo(ratio, 9);
      expect(found).toMatchObject({ ratio: near, interval: [near, near], stopReason: "precise", baseline: "torch" });
    }
  });

  it("keeps the fastest call of a round, so that noise which only slows is not seen", async () => {
    const { race: found } = await raced(times(1.2, (random) => (random.uniform() < 0.5 ? 0 : 3 * random.uniform())));
    expect(found.ratio).toBeCloseTo(1.2, 2);
  });

  it("its interval holds the truth under noise", async () => {
    const { race: found } = await raced(times(1.1, (random) => Math.abs(random.normal()) * 0.05));
    const [low, high] = found.interval;
    expect(low).toBeLessThanOrEqual(1.1);
    expect(high).toBeGreaterThanOrEqual(1.1);
  });

  it("looks at its pairs at 30, 60, 120 and 300 only, and stops when they are precise", async () => {
    const counted = async (spread: number, limit = 0.03): Promise<number> => {
      const noisy = times(1, (random) => Math.exp(spread * random.normal()) - 1);
      return (await raced(noisy, { ...BUDGET, limit })).race.pairs.length;
    };
    expect(await counted(0)).toBe(30);
    const counts = await Promise.all([0.02, 0.05, 0.08, 0.12, 0.2, 0.5].map((spread) => counted(spread)));
    expect(counts.every((count) => TIMING.looks.some((look) => look === count))).toBe(true);
    expect(new Set(counts).size).toBeGreaterThan(2);
    expect(counts.at(-1)).toBe(300);
  });

  it("that its seconds end is a claim where its interval is narrow enough for one", async () => {
    const noisy = times(1, (random) => Math.exp(0.02 * random.normal()) - 1);
    const short = { ...BUDGET, halfWidth: 1e-9, seconds: 3 };
    expect((await raced(noisy, short, ticking(0.1))).race.stopReason).toBe("precise");
    expect((await raced(noisy, { ...short, limit: 1e-9 }, ticking(0.1))).race.stopReason).toBe("budget");
  });

  it("has 30 pairs whatever the suite's seconds, unless they would take longer than any race may", async () => {
    const brief = { ...BUDGET, seconds: 0.1 };
    expect((await raced(times(1, quiet), brief, ticking(1))).race).toMatchObject({ stopReason: "precise" });
    const slow = (await raced(times(1, quiet), brief, ticking(4))).race;
    expect(slow.pairs.length, "what cannot be finished is given up at once").toBe(3);
    expect(slow.stopReason, "however narrow, 30 pairs are the least").toBe("budget");
  });

  it("takes no pair from a round that the budget cut short, but keeps its times", async () => {
    const cut: RunTurns = async (order) =>
      replied(
        order,
        order.turns.slice(0, 2 * TIMING.calls + 7).map(() => 500),
      );
    const { race: found, times: all } = await raced(cut);
    expect([found.pairs.length, found.stopReason, all[0].length + all[1].length]).toEqual([
      1,
      "budget",
      2 * TIMING.calls + 7,
    ]);
  });

  it("asks for what is left of its seconds", async () => {
    const asked: number[] = [];
    const run: RunTurns = async (order) => {
      asked.push(order.budgetSeconds);
      return times(1, quiet)(order);
    };
    await raced(run, { ...BUDGET, seconds: 4, halfWidth: -1, pairs: 300 }, ticking(0.1));
    expect(asked[0], "before its 30 pairs, of all seconds").toBeCloseTo(59.9, 9);
    expect(asked[10], "then of the suite's").toBeCloseTo(1.9, 9);
    expect(asked.every((seconds, index) => seconds >= 0.05 && (index === 0 || seconds < (asked[index - 1] ?? 0)))).toBe(
      true,
    );
  });

  it("times a twin for nothing, and says how many outputs it bore out", async () => {
    const slowTwin: RunTurns = async (order) =>
      replied(
        order,
        order.turns.map(({ child }) => (child === TWIN ? 9e9 : 1000)),
      );
    const { race: found, times: all } = await raced(slowTwin, BUDGET, ticking(0.001), {
      lineup: "pair and twin",
      verify: VERIFY.race,
    });
    expect(found).toMatchObject({ ratio: 1, verified: 300 });
    expect([all[0].length, all[1].length]).toEqual([300, 300]);
  });

  it("keeps as many calls as are wanted, of rounds drawn by chance", async () => {
    const ranges: number[] = [];
    const run: RunTurns = async (order) => {
      ranges.push(order.keep?.from ?? -1);
      return times(1, quiet)(order);
    };
    const { kept } = await raced(run, { ...BUDGET, pairs: 120 }, ticking(0.001), { keep: 4 });
    expect(kept).toHaveLength(4);
    expect(new Set(ranges)).toEqual(new Set([0, 20, 40]));
  });

  it("says how much of a call no clock saw: the longest of a round, in the middle of all rounds", async () => {
    expect((await raced(times(1, quiet))).exposureNs).toBe(6);
  });
});

describe("a race that proves nothing", () => {
  const failed = async (answer: Raced, rest: Partial<Contest> = {}): Promise<RaceResult | RaceFailure> =>
    race(contest(rest), async () => answer, BUDGET, ticking(0.001));

  it("ends when a kernel fails", async () => {
    const failure = { state: "failed", turn: 3, failure: { kind: "timeout", message: "" } } as const;
    expect(await failed(failure)).toMatchObject({ failed: failure });
  });

  it("ends when two processes write different bytes", async () => {
    const mismatch = { turn: 1, output: "y", byte: 12, inputs: {}, outputs: [{}, {}] } as const;
    expect(await failed({ ...NOTHING, state: "done", ns: [1, 2], mismatch })).toEqual({ child: CANDIDATE, mismatch });
  });

  it("ends when a call writes outside its outputs, and names who did", async () => {
    const canaries = [{ turn: 0, index: 1, side: "after", byte: 64 } as const];
    const first = await failed({ ...NOTHING, state: "done", ns: [1], canaries });
    expect(first).toMatchObject({ canaries, child: expect.any(Number) });
  });

  it("ends when not one round fitted", async () => {
    expect(await failed({ ...NOTHING, state: "done", ns: [] })).toEqual({
      nothing: "not one round fitted in the time",
    });
  });

  it("ends when outputs went by unverified", async () => {
    const ns = Array.from({ length: 60 }, () => 5);
    const answer = { ...NOTHING, state: "done", ns, exposedNs: ns, verified: 28 } as const;
    expect(await failed(answer, { verify: VERIFY.control })).toEqual({
      nothing: expect.stringMatching(/^only \d+ of \d+ timed outputs were verified$/),
    });
  });
});

describe("a kernel alone", () => {
  const samples = (run: RunTurns): ReturnType<typeof alone> => alone(run, 2, 3, freshVariants(), seededRandom(SEED));

  it("gives a sample a round, and one even where its budget cut the first round short", async () => {
    expect(await samples(times(3, quiet))).toEqual([3000, 3000]);
    expect(await samples(async (order) => replied(order, [7, 5]))).toEqual([5]);
    expect(await samples(async (order) => replied(order, []))).toEqual({ nothing: "not one call fitted in the time" });
  });
});

describe("a suite's budget", () => {
  it("cannot leave the policy", () => {
    expect(budgetWithin({ seconds: 600, halfWidth: 0.5, pairs: 10 }, 0.03)).toEqual({
      seconds: 60,
      halfWidth: 0.03,
      pairs: 30,
      limit: 0.03,
    });
    expect(budgetWithin({ seconds: 5, halfWidth: 0.01, pairs: 1000 }, 0.03)).toMatchObject({
      seconds: 5,
      halfWidth: 0.01,
      pairs: 300,
    });
  });
});

describe("the A/A control", () => {
  const fit = (low: number, high: number): boolean =>
    controlOf({ baseline: "a", pairs: [], ratio: (low + high) / 2, interval: [low, high], stopReason: "budget" }).fit;

  it("is fit when its interval holds 1 and is nowhere more than 5 % from it", () => {
    expect([fit(0.99, 1.01), fit(0.95, 1.05), fit(1, 1)]).toEqual([true, true, true]);
    expect([fit(0.949, 1.01), fit(0.99, 1.051)]).toEqual([false, false]);
  });

  it("is an alarm when its interval is wholly beyond 2 %", () => {
    expect([fit(1.019, 1.03), fit(0.97, 0.981), fit(1.021, 1.03), fit(0.97, 0.979)]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});

describe("the timing of a kernel", () => {
  it("is over all of its calls", async () => {
    const { times: all } = await raced(times(2, quiet));
    const [candidate] = all;
    expect(timingSchema.parse(timingOf(candidate, seededRandom(SEED)))).toEqual({
      unit: "ns",
      samples: 300,
      median: 1000,
      interval: [1000, 1000],
      min: 1000,
    });
    expect(timingOf(all[1], seededRandom(SEED)).median).toBe(2000);
  });
});
