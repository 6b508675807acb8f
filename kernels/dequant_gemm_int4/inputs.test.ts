// What the regimes of dequant_gemm_int4 hold.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { roundTo } from "../../harness/domain/dtype.ts";
import { type BoundCase, bindCase, opSchema } from "../../harness/domain/op.ts";
import type { Tensors } from "../../harness/domain/oracle.ts";
import { seededRandom } from "../../harness/domain/random.ts";
import { caseOf, drawn, SEED, truthOf, values } from "./fixtures.ts";
import { geometryOf } from "./geometry.ts";
import { edges, PROBES } from "./inputs.ts";
import { oracle } from "./oracle.ts";

const op = opSchema.parse(parse(readFileSync(new URL("op.yaml", import.meta.url), "utf8")));

describe("the inputs of dequant_gemm_int4", () => {
  const shape = { M: 24, N: 20, K: 211, group: 64 };
  const bound = caseOf(shape);
  const rowsIn = (inputs: Tensors): number[][] => {
    const all = [...values(inputs, "x")];
    return Array.from({ length: 24 }, (_, row) => all.slice(row * 211, (row + 1) * 211));
  };
  const rowsOf = (name: string): number[][] => rowsIn(drawn(bound, name));

  it.each(PROBES.map(({ name }) => name))("are equal for equal seeds and others for another seed: %s", (name) => {
    expect(drawn(bound, name)).toEqual(drawn(bound, name));
    expect(drawn(bound, name)).not.toEqual(drawn(bound, name, "00112233445566778899aabbccddeefe"));
  });

  it("pad an odd K with a code that is not 0", () => {
    const w = values(drawn(bound, "integers"), "w");
    expect(w.filter((byte, index) => index % 106 === 105 && byte >= 16)).toHaveLength(20);
  });

  it("read both ends of K and of every group where `one_hot` has the rows, one k a row", () => {
    const read = rowsOf("one_hot").map((row) => row.flatMap((value, k) => (value === 0 ? [] : [k])));
    expect(read.every((places) => places.length === 1)).toBe(true);
    expect(read.flat()).toEqual(expect.arrayContaining([0, 1, 63, 64, 127, 128, 191, 192, 209, 210]));
    expect(edges(geometryOf(caseOf({ K: 1 })), seededRandom(SEED))).toEqual([0]);
  });

  it("make a y of `one_hot` one weight, whether it is cast before the product or after", () => {
    const inputs = drawn(bound, "one_hot");
    const { y, q, ulps } = truthOf(bound, inputs, "one_hot");
    expect(ulps).toBe(0);
    expect([...y].every((value) => roundTo(value, "float16") === value && Math.abs(value) < 65_504)).toBe(true);
    expect(q.filter((value) => value > 0).length).toBeGreaterThan(200);
    const scales = values(inputs, "scales");
    expect(scales.filter((scale) => scale < 0).length).toBeGreaterThan(scales.length / 8);
    expect(scales.filter((scale) => scale > 0).length).toBeGreaterThan(scales.length / 2);
    const sizes = scales.map(Math.abs);
    expect(Math.max(...sizes) / Math.min(...sizes)).toBeGreaterThan(2 ** 8);
    expect([...y].every((value) => value === 0 || Math.abs(value) >= 2 ** -14)).toBe(true);
    expect(new Set(values(inputs, "zero_points")).size).toBeGreaterThan(8);
  });

  it.each(["float16", "bfloat16"] as const)(
    "keep every sum of `integers` exact in float32 up to the largest K: %s",
    (T) => {
      const long = caseOf({ M: 2, N: 2, K: 16_384, group: 128, T });
      const inputs = drawn(long, "integers");
      const { y, s } = truthOf(long, inputs, "integers");
      expect(Math.max(...s) * 2 ** 4).toBeLessThan(2 ** 24);
      expect([...y].every((value) => Math.abs(value) < 65_504)).toBe(true);
      expect(values(inputs, "x").every(Number.isInteger)).toBe(true);
    },
  );

  it("leave about a tenth of the terms standing in `cancelling`", () => {
    const { y, s } = truthOf(bound, drawn(bound, "cancelling"), "cancelling");
    const left = [...y].map((value, index) => Math.abs(value) / (s[index] ?? 1)).sort((a, b) => a - b);
    expect(left[Math.floor(left.length / 2)]).toBeLessThan(0.03);
  });

  it("raise one feature in sixteen of `outliers`, the same in every row", () => {
    const rows = rowsOf("outliers");
    const sizes = Array.from({ length: 211 }, (_, k) => Math.max(...rows.map((row) => Math.abs(row[k] ?? 0))));
    expect(sizes.filter((size) => size > 16).length).toBeGreaterThanOrEqual(13);
    expect(sizes.filter((size) => size > 16).length).toBeLessThanOrEqual(15);
  });

  it("have powers of two for scales in lane B where a case has fewer than 16", () => {
    const powers = (one: BoundCase): boolean =>
      values(drawn(one, "normal"), "scales").every((scale) => Number.isInteger(Math.log2(scale)));
    expect(powers(caseOf({ M: 64, N: 3, K: 130, group: 32 }))).toBe(true);
    expect(powers(caseOf({ M: 64, N: 16, K: 1 }))).toBe(false);
  });

  it.each(["float16", "bfloat16"] as const)("hold NaN, overflow and subnormals in `special`: %s", (T) => {
    const one = caseOf({ ...shape, T, symmetric: true });
    const inputs = drawn(one, "special");
    const x = values(inputs, "x");
    const smallest = T === "float16" ? 2 ** -24 : 2 ** -133;
    for (const wanted of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, smallest, -0])
      expect([...x].some((value) => Object.is(value, wanted))).toBe(true);
    const { y, s } = truthOf(one, inputs, "special");
    expect([...y].some(Number.isNaN)).toBe(true);
    expect(y.some((value) => Number.isFinite(value) && !Number.isFinite(roundTo(value, T)))).toBe(true);
    expect(s.every(Number.isFinite)).toBe(true);
    expect([...values(inputs, "scales")]).toEqual(expect.arrayContaining([0, Number.NaN, smallest, 1]));
  });

  it.each(["float16", "bfloat16"] as const)(
    "give a normal number from a subnormal scale alone in `special`: %s",
    (T) => {
      const one = caseOf({ ...shape, T });
      const inputs = drawn(one, "special");
      const lone = rowsIn(inputs).flatMap((row, m) =>
        row[210] === 1024 && row.every((x, k) => k === 210 || x === 0) ? [m] : [],
      );
      const smallest = T === "float16" ? 2 ** -24 : 2 ** -133;
      const n = values(inputs, "scales").indexOf(smallest) >> 2;
      const { y } = truthOf(one, inputs, "special");
      const given = lone.map((m) => Math.abs(y[m * 20 + n] ?? 0));
      expect(given.length).toBeGreaterThan(1);
      expect(given.every((value) => value >= 1024 * smallest)).toBe(true);
    },
  );

  it("meet the scale 0 with a NaN in `special`, which is no reason to skip it", () => {
    const inputs = drawn(bound, "special");
    const rows = rowsIn(inputs).flatMap((row, m) => (Number.isNaN(row[210]) ? [m] : []));
    const { y } = truthOf(bound, inputs, "special");
    const n = values(inputs, "scales").indexOf(0) >> 2;
    expect(rows.length).toBeGreaterThan(1);
    expect(rows.every((m) => Number.isNaN(y[m * 20 + n]))).toBe(true);
  });

  it("hold no infinity where a zero point may leave the sum later", () => {
    expect(values(drawn(bound, "special"), "x").some((value) => Math.abs(value) === Number.POSITIVE_INFINITY)).toBe(
      false,
    );
  });

  it("fit every published case in every dtype", () => {
    for (const published of op.cases.filter(({ tags }) => !tags.includes("bench"))) {
      for (const T of op.dtypes["T"] ?? []) {
        const one = bindCase(op, published, { T }, false);
        for (const { name } of oracle.probes(one)) {
          const inputs = drawn(one, name);
          for (const { name: argument, dtype, shape: extents, absent } of one.inputs) {
            if (absent) expect(inputs[argument]).toBeUndefined();
            else expect(inputs[argument]).toMatchObject({ dtype, shape: extents });
          }
        }
      }
    }
  });

  it("are judged in at most eight regimes, the exact ones first, and raced in one", () => {
    expect(PROBES.map(({ lane }) => lane)).toEqual(["A", "A", "B", "B", "B", "C"]);
    expect(PROBES.filter(({ race }) => race === true)).toHaveLength(1);
  });
});

describe("the cases of dequant_gemm_int4", () => {
  const bound = op.cases
    .filter(({ tags }) => !tags.includes("bench"))
    .map((one) => bindCase(op, one, { T: "float16" }, false));
  const largest = (axis: string): number => Math.max(...bound.map(({ axes }) => axes[axis] ?? 0));

  it("hold the most tokens, outputs and features, and more than 256 groups", () => {
    expect(largest("G")).toBeGreaterThan(256);
    expect(["M", "N", "K"].map(largest)).toEqual(["M", "N", "K"].map((axis) => op.axes[axis]?.max));
  });
});
