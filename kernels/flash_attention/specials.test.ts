// Rules of flash_attention's lane C: what the regime holds, and what its truth asks for.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { maxFinite, unitRoundoff } from "../../harness/domain/dtype.ts";
import { type BoundCase, opSchema } from "../../harness/domain/op.ts";
import type { Tensors } from "../../harness/domain/oracle.ts";
import { fill, toFloat64 } from "../../harness/domain/tensor.ts";
import { extentsOf } from "./extents.ts";
import { binderOf, drawn, reader, truthOf } from "./fixtures.ts";

const op = opSchema.parse(parse(readFileSync(new URL("op.yaml", import.meta.url), "utf8")));
const boundCase = binderOf(op);

const DTYPES = ["float16", "bfloat16", "float32"] as const;
/** Seeds whose leading key is key 0, and a later one. */
const SEEDS = { first: "00112233445566778899aabbccddeeff", later: "00112233445566778899aabbccddeefc" } as const;
/** Enough rows and features for every kind; every query sees the first six keys. */
const AXES = { B: 2, Tq: 24, Tk: 29, H: 4, Hkv: 2, D: 13 };

interface Row {
  readonly q: readonly number[];
  /** Values of the leading key. */
  readonly leading: readonly number[];
  /** Whether its head has a NaN in a key. */
  readonly poisoned: boolean;
  readonly o: Float64Array;
  readonly lse: number;
}

/** The key whose values hold infinities and NaN. */
function leadOf(bound: BoundCase, inputs: Tensors): number {
  const { keys, kvHeads, size } = extentsOf(bound);
  const place = elements(inputs, "v").findIndex((value) => !Number.isFinite(value));
  return Math.floor(place / size / kvHeads) % keys;
}

function rowsOf(bound: BoundCase, inputs: Tensors): Row[] {
  const { batch, queries, heads, kvHeads, size } = extentsOf(bound);
  const at = reader(inputs);
  const lead = leadOf(bound, inputs);
  const { o, lse } = truthOf(bound, inputs, "special");
  return Array.from({ length: o.y.length / size }, (_, row) => {
    const [b, i, h] = [Math.floor(row / heads / queries), Math.floor(row / heads) % queries, row % heads];
    const features = Array.from({ length: size }, (_unused, d) => d);
    const head = Math.floor((h * kvHeads) / heads);
    return {
      q: features.map((d) => at("q", b, i, h, d)),
      leading: features.map((d) => at("v", b, lead, head, d)),
      poisoned: b === batch - 1 && head === kvHeads - 1,
      o: o.y.subarray(row * size, (row + 1) * size),
      lse: lse.y[(b * heads + h) * queries + i] ?? 0,
    };
  });
}

function elements(inputs: Tensors, name: string): Float64Array {
  return toFloat64(inputs[name] ?? fill("float32", [0], () => 0));
}

const WHICH = DTYPES.flatMap((T) => [[T, "first"] as const, [T, "later"] as const]);

describe.each(WHICH)("the special values in %s where the %s key leads", (T, which) => {
  const bound = boundCase(AXES, { causal: true }, T);
  const inputs = drawn(bound, "special", SEEDS[which]);
  const rows = rowsOf(bound, inputs);
  const smallest = T === "float16" ? 2 ** -14 : 2 ** -126;

  it("are all there", () => {
    const v = elements(inputs, "v");
    const q = elements(inputs, "q");
    const subnormal = (value: number): boolean => value !== 0 && Math.abs(value) < smallest;
    for (const kind of [Number.isNaN, (value: number) => value === Infinity, (value: number) => value === -Infinity])
      expect(v.some(kind)).toBe(true);
    expect(leadOf(bound, inputs) > 0).toBe(which === "later");
    expect(leadOf(bound, inputs)).toBeLessThan(6);
    expect(q.some((value) => Math.abs(value) === maxFinite(T))).toBe(true);
    // A reference that lags behind the maximum gives a later key a weight above 1.
    expect(v.some((value) => Math.abs(value) === maxFinite(T))).toBe(which === "first");
    for (const values of [q, v]) expect(values.some((value) => Object.is(value, -0))).toBe(true);
    expect(v.filter(subnormal).length).toBeGreaterThan(64);
    // The dot products of bfloat16 units take subnormals for 0, so that only float16 has them in q.
    expect(q.some(subnormal)).toBe(T === "float16");
    const k = elements(inputs, "k");
    expect([k.filter(Number.isFinite).length, k.filter(Number.isNaN).length]).toEqual([k.length - 2, 2]);
  });

  it("give NaN in the rows whose query or key holds one, and nowhere else in lse", () => {
    const marked = rows.filter(({ q, poisoned }) => poisoned || q.some(Number.isNaN));
    expect(marked.length).toBeGreaterThan(5 + rows.length / 4);
    for (const { o, lse } of marked) expect([...o, lse].every(Number.isNaN)).toBe(true);
    for (const row of rows) if (!marked.includes(row)) expect(Number.isFinite(row.lse)).toBe(true);
  });

  it("give what the leading key holds where it is no finite number, and finite numbers elsewhere", () => {
    for (const { leading, o, lse } of rows) {
      if (Number.isNaN(lse)) continue;
      leading.forEach((value, d) => {
        if (Number.isFinite(value)) expect(Number.isFinite(o[d])).toBe(true);
        else expect(o[d]).toBe(value);
      });
    }
  });

  it("are the values of the leading key themselves where it leads", () => {
    const ones = rows.filter(({ q, lse }) => q[0] === 1 && !Number.isNaN(lse));
    expect(ones.length).toBeGreaterThan(5);
    for (const { leading, o } of ones)
      leading.forEach((value, d) => {
        if (Number.isFinite(value))
          expect(Math.abs((o[d] ?? 0) - value)).toBeLessThanOrEqual(1e-50 + 1e-15 * Math.abs(value));
      });
  });

  it("reach scores on both sides of what float32's exp can hold", () => {
    const sizes = rows.map(({ lse }) => lse);
    expect(sizes.filter((lse) => lse > 100).length).toBeGreaterThan(5);
    expect(sizes.filter((lse) => lse < -100).length).toBeGreaterThan(5);
  });

  it("have rows whose scores all lie below any finite mask, and hidden keys that would lead", () => {
    expect(rows.filter(({ lse }) => lse < -100_000).length).toBeGreaterThan(2);
    const at = reader(inputs);
    const { queries, heads, kvHeads, keys, scale } = extentsOf(bound);
    const lead = (row: number): number => {
      const head = row % heads;
      const batch = Math.floor(row / heads / queries);
      const group = Math.floor((head * kvHeads) / heads);
      const { q, lse } = rows[row] ?? { q: [], lse: 0 };
      return scale * q.reduce((sum, value, d) => sum + value * at("k", batch, keys - 1, group, d), 0) - lse;
    };
    expect(rows.filter((_, row) => lead(row) > 200).length).toBeGreaterThan(2);
  });

  it("ask for no error scale where the truth is no finite number", () => {
    const { o, lse } = truthOf(bound, inputs, "special");
    for (const truth of [o, lse])
      truth.y.forEach((value, index) => {
        if (!Number.isFinite(value)) expect([truth.s[index], truth.q[index]]).toEqual([0, 0]);
        expect([truth.s[index], truth.q[index], truth.ds[index]].every(Number.isFinite)).toBe(true);
      });
  });

  it("count a product of subnormal size as the smallest normal float32", () => {
    const one = boundCase({}, {}, "float32");
    const tensors = { ...drawn(one, "std1"), v: fill("float32", [1, 1, 1, 8], () => 2 ** -140) };
    expect(truthOf(one, tensors).o.s[0]).toBe(2 ** -140 + 2 ** -126);
    expect(unitRoundoff("float32") * 2 ** -126).toBe(2 ** -150);
  });
});

describe("the special values", () => {
  it("hold no NaN and no infinity in v, and no NaN in a query, where a row sees no key", () => {
    const axis = fc.integer({ min: 1, max: 9 });
    const drawnCase = fc.record({
      Tq: axis,
      Tk: axis,
      Hkv: fc.integer({ min: 1, max: 2 }),
      group: fc.integer({ min: 1, max: 4 }),
    });
    fc.assert(
      fc.property(drawnCase, fc.boolean(), ({ Tq, Tk, Hkv, group }, causal) => {
        const bound = boundCase({ Tq, Tk, H: Hkv * group, Hkv }, { causal }, "float16");
        const inputs = drawn(bound, "special");
        const { lse } = truthOf(bound, inputs, "special");
        const empty = causal && Tq > Tk;
        for (const name of empty ? ["k", "v"] : []) expect(elements(inputs, name).every(Number.isFinite)).toBe(true);
        expect(lse.y.filter((value) => value === -Infinity).length).toBe(empty ? (Tq - Tk) * Hkv * group : 0);
      }),
      { numRuns: 60 },
    );
  });

  it("keep every score of a finite query far from overflow", () => {
    for (const T of DTYPES) {
      const bound = boundCase(AXES, { scale: 0.3 }, T);
      const finite = rowsOf(bound, drawn(bound, "special")).filter(
        ({ q, poisoned }) => !poisoned && q.every(Number.isFinite),
      );
      for (const { lse } of finite) expect(Math.abs(lse)).toBeLessThan(2 ** 18);
    }
  });
});
