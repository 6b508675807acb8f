// What the regimes of sparse_gemm_int4 hold.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { roundTo } from "../../harness/domain/dtype.ts";
import { bindCase, opSchema } from "../../harness/domain/op.ts";
import type { Tensors } from "../../harness/domain/oracle.ts";
import { expand, geometryOf, type Rows } from "./compressed.ts";
import { caseOf, dense, drawn, truthOf, values } from "./fixtures.ts";
import { PROBES } from "./inputs.ts";
import { oracle } from "./oracle.ts";

const op = opSchema.parse(parse(readFileSync(new URL("op.yaml", import.meta.url), "utf8")));
const NAMES = PROBES.map(({ name }) => name);
const bound = caseOf({ M: 20, N: 24, K: 212, group: 64 });
const geometry = geometryOf(bound);

function rowsIn(inputs: Tensors): Rows {
  const [a, metadata] = [values(inputs, "a"), values(inputs, "metadata")];
  return expand(Uint8Array.from(a), Uint8Array.from(metadata), geometry);
}

/** The sum of group g of a row of a with a token. */
function groupSum(inputs: Tensors, row: number, token: number, g: number): number {
  const b = values(inputs, "b");
  const inside = dense(bound, inputs)[row]?.slice(g * 64, (g + 1) * 64) ?? [];
  return inside.reduce((sum, value, at) => sum + value * (b[token * 212 + g * 64 + at] ?? 0), 0);
}

describe("the inputs of sparse_gemm_int4", () => {
  it.each(NAMES)("are equal for equal seeds and others for another seed: %s", (name) => {
    expect(drawn(bound, name)).toEqual(drawn(bound, name));
    expect(drawn(bound, name)).not.toEqual(drawn(bound, name, "00112233445566778899aabbccddeefe"));
  });

  it.each(NAMES)("keep two of every four in ascending order, each of the six pairs somewhere: %s", (name) => {
    const { features } = rowsIn(drawn(bound, name));
    const pairs = new Set<string>();
    for (let j = 0; j < features.length; j += 2) {
      const [first = -1, second = -1] = [features[j], features[j + 1]];
      expect([Math.floor(first / 4), Math.floor(second / 4)]).toEqual([(j / 2) % 53, (j / 2) % 53]);
      expect(second).toBeGreaterThan(first);
      pairs.add(`${first % 4}${second % 4}`);
    }
    expect(pairs.size).toBe(6);
  });

  it("pad metadata with bits that are not 0", () => {
    const metadata = values(drawn(bound, "integers"), "metadata");
    expect(metadata.filter((byte, index) => index % 27 === 26 && byte >= 16)).toHaveLength(20);
  });

  it("read the first and last four and both sides of every group in `one_hot`, one feature a token, and keep no 0", () => {
    const many = caseOf({ M: 4, N: 40, K: 212, group: 64 });
    const inputs = drawn(many, "one_hot");
    const b = [...values(inputs, "b")];
    const read = Array.from({ length: 40 }, (_, token) =>
      b.slice(token * 212, (token + 1) * 212).flatMap((value, k) => (value === 0 ? [] : [k])),
    );
    expect(read.every((places) => places.length === 1)).toBe(true);
    expect(read.flat()).toEqual(expect.arrayContaining([0, 1, 2, 3, 60, 63, 64, 67, 127, 128, 191, 192, 208, 211]));
    const rows = expand(
      Uint8Array.from(values(inputs, "a")),
      Uint8Array.from(values(inputs, "metadata")),
      geometryOf(many),
    );
    expect(rows.values.every((value) => value !== 0)).toBe(true);
  });

  it.each([
    ["one_hot", 1024],
    ["integers", 16],
    ["extremes", 16],
  ])("have power-of-two scales far apart in `%s`: those of groups %i-fold, those of tokens 16-fold", (name, groups) => {
    const inputs = drawn(bound, name);
    for (const argument of ["a_scales", "b_scales"]) {
      const scales = values(inputs, argument);
      expect(scales.every((scale) => Number.isInteger(Math.log2(scale)))).toBe(true);
      expect(Math.max(...scales) / Math.min(...scales)).toBe(argument === "a_scales" ? groups : 16);
    }
    expect(truthOf(bound, inputs, name).ulps).toBe(0);
  });

  it.each(["integers", "extremes"])(
    "keep every sum of `%s` exact in float32 and inside float16 up to the largest K",
    (name) => {
      const long = caseOf({ M: 3, N: 3, K: 16_384, group: 128, T: "float16" });
      const inputs = drawn(long, name);
      const { y, s } = truthOf(long, inputs, name);
      const unit = Math.min(...values(inputs, "a_scales"));
      const tokens = values(inputs, "b_scales");
      expect(s.every((size, index) => size / (tokens[index % 3] ?? 1) / unit < 2 ** 24)).toBe(true);
      expect(y.every((value) => Math.abs(value) < 65_504)).toBe(true);
    },
  );

  it("leave int16 at both ends in the group sums of `extremes`", () => {
    const wide = caseOf({ M: 20, N: 24, K: 256, group: 128 });
    const inputs = drawn(wide, "extremes");
    const scales = values(inputs, "a_scales");
    const b = values(inputs, "b");
    const sums = dense(wide, inputs).flatMap((row) =>
      Array.from({ length: 24 }, (_, token) =>
        row.slice(0, 128).reduce((sum, value, at) => sum + value * (b[token * 256 + at] ?? 0), 0),
      ),
    );
    expect(sums.filter((sum) => sum > 32_767).length).toBeGreaterThan(64);
    expect(sums.filter((sum) => sum < -32_768).length).toBeGreaterThan(64);
    expect(scales).toHaveLength(40);
  });

  it("use every value of four and of eight bits in `random`", () => {
    const inputs = drawn(bound, "random");
    expect(new Set(rowsIn(inputs).values).size).toBe(16);
    expect(new Set(values(inputs, "b")).size).toBe(256);
    expect([...values(inputs, "a_scales")].some((scale) => !Number.isInteger(Math.log2(scale)))).toBe(true);
  });

  it("negate every odd group in `cancelling`, so that little is left", () => {
    const inputs = drawn(bound, "cancelling");
    expect(groupSum(inputs, 3, 5, 1)).toBe(-groupSum(inputs, 3, 5, 0));
    const four = caseOf({ M: 16, N: 16, K: 256, group: 64 });
    const { y, s } = truthOf(four, drawn(four, "cancelling"), "cancelling");
    const left = [...y].map((value, index) => Math.abs(value) / (s[index] ?? 1)).sort((a, b) => a - b);
    expect(left[Math.floor(left.length / 2)]).toBeLessThan(0.02);
  });

  it("hold scales that are 0 of either sign, NaN, infinite, subnormal and too large in `special`", () => {
    const inputs = drawn(bound, "special");
    const scales = [...values(inputs, "a_scales")];
    for (const wanted of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 2 ** -140])
      expect(scales.some((scale) => Object.is(scale, wanted))).toBe(true);
    expect([...values(inputs, "b_scales")]).toEqual(expect.arrayContaining([0, Number.NaN, 2 ** 100, 1]));
    const { y, s } = truthOf(bound, inputs, "special");
    expect([...y].some((value) => Number.isFinite(value) && !Number.isFinite(roundTo(value, "float32")))).toBe(true);
    expect(s.every(Number.isFinite)).toBe(true);
    // No sum of a group is 0 against an infinite scale, but for one token of zeros, whose own scale is 1.
    expect(rowsIn(inputs).values.every((value) => value > 0)).toBe(true);
    const b = [...values(inputs, "b")];
    const empty = Array.from({ length: 24 }, (_, token) => token).filter((token) => b[token * 212] === 0);
    expect(empty).toHaveLength(1);
    expect(b.filter((value) => value === 0)).toHaveLength(212);
    expect(b.every((value) => value >= 0)).toBe(true);
    expect(values(inputs, "b_scales")[empty[0] ?? 0]).toBe(1);
    const rows = Array.from({ length: 20 }, (_, row) => y[row * 24 + (empty[0] ?? 0)] ?? 0);
    expect(new Set(rows)).toEqual(new Set([0, Number.NaN]));
  });

  it("fit every published case in every dtype", () => {
    for (const published of op.cases.filter(({ tags }) => !tags.includes("bench"))) {
      for (const T of op.dtypes["T"] ?? []) {
        const one = bindCase(op, published, { T }, false);
        for (const { name } of oracle.probes(one)) {
          const inputs = drawn(one, name);
          for (const { name: argument, dtype, shape } of one.inputs)
            expect(inputs[argument]).toMatchObject({ dtype, shape });
        }
      }
    }
  });

  it("are judged in at most eight regimes, the exact ones first, and raced in one", () => {
    expect(PROBES.map(({ lane }) => lane)).toEqual(["A", "A", "A", "B", "B", "C"]);
    expect(PROBES.filter(({ race }) => race === true)).toHaveLength(1);
  });
});

describe("the cases of sparse_gemm_int4", () => {
  const published = op.cases
    .filter(({ tags }) => !tags.includes("bench"))
    .map((one) => bindCase(op, one, { T: "float16" }, false));
  const largest = (axis: string): number => Math.max(...published.map(({ axes }) => axes[axis] ?? 0));

  it("hold the most tokens, outputs and features, and more than 256 groups", () => {
    expect(largest("G")).toBeGreaterThan(256);
    expect(["M", "N", "K"].map(largest)).toEqual(["M", "N", "K"].map((axis) => op.axes[axis]?.max));
  });
});
