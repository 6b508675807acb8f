// The regimes of a case: inputs from the seed alone, cached only where they are public, with a digest over everything.
import { describe, expect, it } from "vitest";
import type { BoundCase } from "../../domain/op.ts";
import type { Oracle } from "../../domain/oracle.ts";
import { HarnessError } from "../../domain/problem.ts";
import { isSeed } from "../../domain/random.ts";
import { fill, toFloat64 } from "../../domain/tensor.ts";
import { boundOf, probeOf, realTruth } from "../../testing/judged.ts";
import { memoryCache } from "../../testing/memory.ts";
import { digestText, hiddenSeed, inputsDigest, judgedRows, publishedSeed, type Regime, regimesOf } from "./regimes.ts";

const SEED = "0123456789abcdef0011223344556677";

/** An oracle of the copy op that counts how often it is asked. */
function copyOracle(): Oracle & { asked: number } {
  const oracle = {
    asked: 0,
    probes: () => [probeOf("A", "first"), probeOf("B", "second")],
    inputs: (bound: BoundCase, _probe: unknown, random: { uniform(): number }) => ({
      x: fill("float32", bound.inputs[0]?.shape ?? [], () => random.uniform()),
    }),
    truth: (_bound: BoundCase, _probe: unknown, inputs: { readonly [name: string]: { elements: unknown } }) => {
      oracle.asked += 1;
      const x = inputs["x"] as ReturnType<typeof fill>;
      return { y: realTruth([...toFloat64(x)]) };
    },
  } satisfies Oracle & { asked: number };
  return oracle;
}

async function regimes(
  bound: BoundCase,
  seed = SEED,
  meaning = "m",
  cache = memoryCache(),
  oracle = copyOracle(),
): Promise<readonly Regime[]> {
  return regimesOf(bound, oracle, seed, meaning, cache);
}

const published = boundOf("float32", [5]);
const hidden = { ...published, hidden: true };

describe("regimes", () => {
  it("are one for each probe, the same for the same seed", async () => {
    const found = await regimes(published);
    expect(found.map(({ probe }) => probe.name)).toEqual(["first", "second"]);
    expect(inputsDigest(await regimes(published))).toBe(inputsDigest(found));
    expect(found[0]?.inputs).not.toEqual(found[1]?.inputs);
  });

  it("differ for another seed", async () => {
    expect(inputsDigest(await regimes(published, `f${SEED.slice(1)}`))).not.toBe(
      inputsDigest(await regimes(published)),
    );
  });

  it("of a published case come from the cache the second time, equal in every bit", async () => {
    const cache = memoryCache();
    const oracle = copyOracle();
    const first = await regimes(published, SEED, "m", cache, oracle);
    const second = await regimes(published, SEED, "m", cache, oracle);
    expect(second).toEqual(first);
    expect(oracle.asked).toBe(2);
  });

  it("are made anew when the op's meaning, the case or the seed changes", async () => {
    const cache = memoryCache();
    const oracle = copyOracle();
    await regimes(published, SEED, "m", cache, oracle);
    await regimes(published, SEED, "n", cache, oracle);
    await regimes({ ...published, name: "two" }, SEED, "m", cache, oracle);
    await regimes(published, `f${SEED.slice(1)}`, "m", cache, oracle);
    expect(oracle.asked).toBe(8);
  });

  it("of a hidden case are never kept", async () => {
    const cache = memoryCache();
    await regimes(hidden, SEED, "m", cache);
    expect(cache.entries.size).toBe(0);
  });
});

describe("a hidden case", () => {
  const long = { ...boundOf("float32", [6, 3]), hidden: true };
  const racing = (): Oracle => ({
    ...copyOracle(),
    probes: () => [
      { name: "first", lane: "A", reveals: "a" },
      { name: "second", lane: "B", reveals: "b", race: true },
    ],
  });
  const raced = (bound: BoundCase): Promise<readonly Regime[]> =>
    regimes(bound, SEED, "m", memoryCache(), racing() as ReturnType<typeof copyOracle>);
  const values = (regime: Regime | undefined): number[] => {
    const x = regime?.inputs["x"];
    return x === undefined ? [] : [...toFloat64(x)];
  };

  it("has its race's regime again, the first and the last row where they were, the others not", async () => {
    const [, second, twin] = await raced(long);
    expect([twin?.probe.name, twin?.probe.race]).toEqual(["second_twin", undefined]);
    const [a, b] = [values(second), values(twin)];
    const rows = (all: readonly number[]): number[][] =>
      [0, 1, 2, 3, 4, 5].map((row) => all.slice(3 * row, 3 * row + 3));
    const [first, next, third, fourth, fifth, last] = rows(a);
    expect(rows(b)).toEqual([first, third, fourth, fifth, next, last]);
    expect(twin?.truths["y"]).toEqual(realTruth(b));
  });

  it("moves the elements of a tensor of one axis", async () => {
    const [, second, twin] = await raced({ ...boundOf("float32", [5]), hidden: true });
    const [first, next, third, fourth, last] = values(second);
    expect(values(twin)).toEqual([first, third, fourth, next, last]);
  });

  it("has none where it is published", async () => {
    const all = await raced({ ...long, hidden: false });
    expect(all.map(({ probe }) => probe.name)).toEqual(["first", "second"]);
  });
});

describe("an oracle that contradicts its case is named with case and regime", () => {
  const told = async (wrong: Partial<Oracle>): Promise<unknown> =>
    regimesOf(published, { ...copyOracle(), ...wrong }, SEED, "m", memoryCache()).catch((error: unknown) => error);
  const place = "oracle of copy, case one, regime first";

  it.each<[string, Partial<Oracle>, string]>([
    [
      "a truth of another size",
      { truth: () => ({ y: realTruth([1, 2]) }) },
      "the truth of 'y' has 2 elements, its shape [5] wants 5",
    ],
    ["no truth", { truth: () => ({}) }, "output 'y' has no truth"],
    [
      "an input of another shape",
      { inputs: () => ({ x: fill("float32", [4], () => 0) }) },
      "input 'x' was made as float32[4], float32[5] is wanted",
    ],
    ["no input", { inputs: () => ({}), truth: () => ({ y: realTruth([0, 0, 0, 0, 0]) }) }, "no input 'x' was made"],
    [
      "an error of its own",
      {
        truth: () => {
          throw new RangeError("K is 0");
        },
      },
      "K is 0",
    ],
  ])("%s", async (_what, wrong, words) => {
    const error = await told(wrong);
    expect(error).toBeInstanceOf(HarnessError);
    expect(error).toMatchObject({
      code: "ORACLE_FAILED",
      message: `${place}: ${words}`,
      fix: "correct kernels/copy/oracle.ts",
    });
  });
});

describe("a large case", () => {
  const large = { ...boundOf("float32", [1000, 4]), work: 2 ** 31 };

  /** The copy op, which remembers what rows it was asked for. */
  function rowOracle(): { oracle: Oracle; masks: Uint8Array[] } {
    const masks: Uint8Array[] = [];
    const base = copyOracle();
    const truth: Oracle["truth"] = (bound, probe, inputs, rows) => {
      if (rows !== undefined) masks.push(rows.mask);
      return base.truth(bound, probe, inputs as never);
    };
    return { oracle: { ...base, truth }, masks };
  }
  const ask = async (rowSeed: string): Promise<readonly Uint8Array[]> => {
    const { oracle, masks } = rowOracle();
    const found = await regimesOf(large, oracle, SEED, "m", memoryCache(), rowSeed);
    expect(masks).toEqual([]);
    for (const { truths } of found) expect(truths).toHaveProperty("y");
    for (const { truths } of found) expect(truths).toHaveProperty("y");
    expect(masks).toHaveLength(2);
    return masks;
  };

  it("is evaluated on rows that are drawn at the first look, its ends among them, and said in the record", async () => {
    const [first] = await ask(SEED);
    expect(judgedRows(large)).toEqual({ rows: 250, of: 1000 });
    expect([first?.[0], first?.[999]]).toEqual([1, 1]);
    expect(first?.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(190);
    const wide = { ...boundOf("float32", [4096, 4096]), work: 1 };
    expect(judgedRows(wide)).toEqual({ rows: 1024, of: 4096 });
    expect([judgedRows(published), judgedRows({ ...large, work: 2 ** 40 })]).toEqual([null, { rows: 64, of: 1000 }]);
  });

  it("is judged on the same rows for the same seed, on others for another", async () => {
    const other = `f${SEED.slice(1)}`;
    expect(await ask(SEED)).toEqual(await ask(SEED));
    expect(await ask(SEED)).not.toEqual(await ask(other));
  });
});

describe("seeds", () => {
  it("of cases are seeds themselves and differ by everything they depend on", () => {
    const all = [
      publishedSeed("conv", "a"),
      publishedSeed("conv", "b"),
      publishedSeed("gemm", "a"),
      hiddenSeed(SEED, "v/s", "hidden_0"),
      hiddenSeed(SEED, "v/s", "hidden_1"),
      hiddenSeed(SEED, "v/t", "hidden_0"),
      hiddenSeed(`f${SEED.slice(1)}`, "v/s", "hidden_0"),
    ];
    expect(all.every(isSeed)).toBe(true);
    expect(new Set(all).size).toBe(all.length);
  });

  it("of published cases stay what they are for ever", () => {
    expect(publishedSeed("qlinear_conv2d", "square_3x3")).toMatchInlineSnapshot(`"fae6ae8391c806a226d9b6f43b09f9dc"`);
  });
});

describe("digests", () => {
  it("know where one text ends and the next begins", () => {
    expect(digestText("ab", "c")).not.toBe(digestText("a", "bc"));
    expect(digestText("a")).not.toBe(digestText("a", ""));
  });

  it("of inputs cover names, dtypes, shapes, values and probes, in any order of names", () => {
    const one = fill("float32", [2], (index) => index);
    const of = (inputs: Regime["inputs"], name = "p"): string =>
      inputsDigest([{ probe: probeOf("A", name), inputs, truths: {} }]);
    const base = of({ x: one, z: one });
    expect(of({ z: one, x: one })).toBe(base);
    const others = [
      of({ x: one, y: one }),
      of({ x: one }),
      of({ x: one, z: fill("float32", [2], () => 1) }),
      of({ x: one, z: fill("float32", [2, 1], (index) => index) }),
      of({ x: one, z: one }, "q"),
    ];
    expect(others).not.toContain(base);
    expect(new Set(others).size).toBe(others.length);
  });
});
