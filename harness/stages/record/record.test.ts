// One record: its exact text, what makes it votable, and what becomes of a vendor's claims.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Isolation } from "../../domain/kernel.ts";
import { recordSchema } from "../../domain/run-record.ts";
import { edited } from "../../testing/miniature.ts";
import { about, facts, measurementBetween, PHYSICAL, recordWith, RUN, speedupBetween } from "../../testing/records.ts";
import { digestJson, recordOf, type RunFacts, votableOf } from "./record.ts";

describe("a record", () => {
  it("is this text, key by key in this order", async () => {
    const record = await recordWith();
    expect(recordSchema.parse(record)).toEqual(record);
    const told = { ...record, submission: { ...record.submission, sourceDigest: "(digest)" } };
    await expect(`${JSON.stringify(told, null, 1)}\n`).toMatchFileSnapshot("golden/record.json");
  });

  it("keeps its order of keys through the schema, so that read and written again it is the same line", async () => {
    const line = JSON.stringify(
      await recordWith({ measurement: measurementBetween(1.2, 1.4), speedup: speedupBetween(1.2, 1.4) }),
    );
    expect(JSON.stringify(recordSchema.parse(JSON.parse(line)))).toBe(line);
  });

  it("says what is absent of optional tensors, and repeats itself by one command", async () => {
    const { bound } = await facts();
    const inputs = bound.inputs.map((spec) => ({ ...spec, absent: spec.name === "bias" }));
    const record = await recordWith({ bound: { ...bound, inputs } });
    expect(record.case.absent).toEqual(["bias"]);
    expect(record.repeat).toBe("npx openxpu repro 20261122T101500Z-3fa91c/acme/sums/padded");
  });

  it("says that canaries are intact unless a finding says otherwise", async () => {
    const finding = {
      lane: "memory",
      gate: "canary",
      probe: null,
      placement: null,
      output: null,
      message: "it wrote outside 'y'",
      mismatches: 0,
      total: 0,
      first: null,
      worst: null,
      pattern: null,
    } as const;
    expect((await recordWith()).integrity).toEqual({
      poisonsEqual: true,
      canariesIntact: true,
      inputsSealed: true,
      placements: ["right", "left"],
      deniedSyscalls: [],
    });
    expect((await recordWith({ status: "INTEGRITY_VIOLATION", findings: [finding] })).integrity.canariesIntact).toBe(
      false,
    );
    expect((await recordWith({ isolation: "none" })).integrity.inputsSealed).toBe(false);
    expect((await recordWith({ status: "UNSUPPORTED" })).integrity.placements).toEqual([]);
  });
});

describe("a vote may rest on a record", () => {
  const votable = (
    rest: Partial<RunFacts>,
    isolation: Isolation = "full",
    status: "PASSED" | "INFRA_ERROR" = "PASSED",
  ): unknown => votableOf({ ...RUN, ...rest }, isolation, status);

  it("of a whole run in CI, isolated, from a clean commit, passing or not", () => {
    expect([
      votable({ selection: ["--device mlu"] }),
      votable({}, "userns"),
      votableOf(RUN, "full", "INCORRECT_NUMERICAL"),
    ]).toEqual([true, true, true]);
  });

  it.each([
    [
      "the seed was given, so the hidden cases were known",
      votable({ seed: { value: "7".repeat(32), origin: "given" } }),
    ],
    [
      "the seed does not come from a CI run that can be recomputed",
      votable({ seed: { value: "7".repeat(32), origin: "random" } }),
    ],
    ["the run was narrowed: --case a* --no-measure", votable({ selection: ["--case a*", "--no-measure"] })],
    ["isolation 'rlimit' is below 'userns'", votable({}, "rlimit")],
    ["isolation 'none' is below 'userns'", votable({}, "none")],
    ["the harness does not run from a clean commit", votable({ harness: { version: "1", commit: null } })],
    ["the infrastructure failed", votable({}, "full", "INFRA_ERROR")],
  ])("not when %s", (reason, found) => {
    expect(found).toEqual([reason]);
  });

  it("not for several reasons at once: all are told", () => {
    const seed = { value: "7".repeat(32), origin: "given" } as const;
    expect(
      votable({ seed, selection: ["--no-measure"], harness: { version: "1", commit: null } }, "none"),
    ).toHaveLength(4);
  });
});

describe("a claim", () => {
  const claims = edited(
    "supports: {}",
    "claims: [{metric: speedup, value: 1.3, baseline: torch, chip: T1, case: padded}]",
  );
  const verdict = async (
    low: number,
    high: number,
    more: Parameters<typeof about>[1] = { device: PHYSICAL },
  ): Promise<unknown> => {
    const record = recordOf(RUN, await about(claims, more), await facts({ speedup: speedupBetween(low, high) }));
    return record.claims[0]?.verdict;
  };

  it("is confirmed when the whole interval reaches it, refuted when none of it does", async () => {
    expect(await verdict(1.3, 1.5)).toBe("confirmed");
    expect(await verdict(1.1, 1.29)).toBe("refuted");
  });

  it("stays unverified when the interval holds it", async () => {
    expect([await verdict(1.2, 1.4), await verdict(1.1, 1.3)]).toEqual(["unverified", "unverified"]);
  });

  it("stays unverified in emulation, on another chip, without a speedup", async () => {
    expect(await verdict(9, 10, {})).toBe("unverified");
    expect(await verdict(9, 10, { device: { ...PHYSICAL, chip: "T2" } })).toBe("unverified");
    expect(recordOf(RUN, await about(claims, { device: PHYSICAL }), await facts()).claims).toEqual([
      { value: 1.3, baseline: "torch", chip: "T1", verdict: "unverified" },
    ]);
  });

  it("over another baseline stays unverified", async () => {
    const other = edited(
      "supports: {}",
      "claims: [{metric: speedup, value: 1.3, baseline: onnxruntime, chip: T1, case: padded}]",
    );
    const record = recordOf(
      RUN,
      await about(other, { device: PHYSICAL }),
      await facts({ speedup: speedupBetween(2, 3) }),
    );
    expect(record.claims[0]?.verdict).toBe("unverified");
  });

  it("is said of the case that it names only", async () => {
    const other = edited(
      "supports: {}",
      "claims: [{metric: speedup, value: 1.3, baseline: torch, chip: T1, case: large}]",
    );
    expect((await recordWith({}, other)).claims).toEqual([]);
  });
});

describe("the digest of JSON", () => {
  it("does not depend on the order of keys, at any depth, but on that of lists", () => {
    expect(digestJson({ a: 1, b: { c: 2, d: [3, 4] } })).toBe(digestJson({ b: { d: [3, 4], c: 2 }, a: 1 }));
    expect(digestJson({ a: [1, 2] })).not.toBe(digestJson({ a: [2, 1] }));
    expect(digestJson({ a: [{ x: 1, y: 2 }] })).toBe(digestJson({ a: [{ y: 2, x: 1 }] }));
  });

  it("differs whenever the JSON does", () => {
    const json = fc.dictionary(fc.string(), fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.constant(null)));
    fc.assert(
      fc.property(json, json, (a, b) => {
        const sorted = (value: object): string =>
          JSON.stringify(Object.entries(value).sort(([x], [y]) => (x < y ? -1 : 1)));
        expect(digestJson(a) === digestJson(b)).toBe(sorted(a) === sorted(b));
      }),
    );
  });
});
