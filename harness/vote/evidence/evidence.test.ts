// Evidence: all bundles of a head together; a vote ends when a gate's verdict changes or a device class is added, and for nothing else.
import { beforeAll, describe, expect, it } from "vitest";
import { type EvidenceVerdict, evidenceSchema } from "../../domain/evidence.ts";
import { evidenceOf, gatesOf, type JudgedBundle, superseding } from "./evidence.ts";
import { recompute } from "./recompute.ts";
import { bundleOf, HARNESS, ISOLATED, judged, RUN } from "./testing/bundle.ts";

const URL = "https://example.invalid/runs/202";
let verdict: EvidenceVerdict;
beforeAll(async () => {
  const { verdicts } = recompute((await judged()).records, { isolation: ISOLATED, physical: false });
  const [first] = verdicts;
  if (first === undefined) throw new Error("no verdict");
  verdict = first;
});

/** A bundle of a job with verdicts that differ from the honest one. */
const bundle = (job: string, ...changes: readonly Partial<EvidenceVerdict>[]): JudgedBundle => ({
  bundle: bundleOf([changes], job),
  verdicts: changes.map((change) => ({ ...verdict, ...change })),
  url: URL,
  trusted: false,
});
/** One of a run that the pull request cannot rewrite. */
const trusted = (job: string, change: Partial<EvidenceVerdict>): JudgedBundle => ({
  ...bundle(job, change),
  trusted: true,
});
const onDevice = (change: object = {}): EvidenceVerdict["device"] => ({ ...verdict.device, ...change });

describe("evidence", () => {
  it("is of one head, fits its schema, and says where it can be looked at", () => {
    const evidence = evidenceOf([bundle("a", {}), bundle("b", {})]);
    expect(evidenceSchema.parse(evidence)).toEqual(evidence);
    expect(evidence).toMatchObject({ head: RUN.head, runs: [{ run: 202, attempt: 1, url: URL }] });
    expect(evidence.verdicts).toEqual([verdict]);
  });

  it("does not depend on the order of bundles, and has another digest for other bundles", () => {
    const [a, b, c] = [bundle("a", {}), bundle("b", {}), bundle("c", {})];
    expect(evidenceOf([b, a])).toEqual(evidenceOf([a, b]));
    expect(evidenceOf([a, b]).digest).not.toBe(evidenceOf([a, c]).digest);
  });

  it("takes the less favourable of what two jobs say", () => {
    const speedup = (value: number) => ({
      case: "timed",
      speedup: { value, interval: [value, value] as [number, number], baseline: "torch", reading: "faster" as const },
    });
    const slow = {
      headroom: 0.9,
      speedups: [speedup(1.4)],
      device: onDevice({ isolation: "userns" }),
      unvotable: ["x"],
    };
    const witnesses = [{ executor: "echo", passed: 3, present: 4 }];
    const [joined] = evidenceOf([
      bundle("a", { headroom: 0.2, speedups: [speedup(1.5)], conforms: false }),
      bundle("b", { ...slow, witnesses }),
    ]).verdicts;
    expect(joined).toMatchObject({ ...slow, witnesses, conforms: false });
  });

  it("keeps device classes and chips apart", () => {
    const device = onDevice({ emulated: false });
    const chip = onDevice({ chip: "T2", emulated: false });
    expect(evidenceOf([bundle("a", {}, { device }, { device: chip })]).verdicts).toHaveLength(3);
  });

  it("of a device rests on the base's run where there is one: a rewritable run beside it counts only by failing", () => {
    const device = onDevice({ emulated: false, isolation: "full", model: "the chip" });
    const claim = {
      device: onDevice({ emulated: false, isolation: "userns" }),
      unvotable: ["it can be rewritten"],
      headroom: 0.9,
    };
    const backed = evidenceOf([bundle("a", claim), bundle("b", claim), trusted("c", { device, headroom: 0.2 })]);
    expect(backed.verdicts).toEqual([
      expect.objectContaining({ device, unvotable: [], conforms: true, headroom: 0.9 }),
    ]);
    const failing = { ...claim, status: "TIMEOUT", conforms: false } as const;
    const failed = evidenceOf([bundle("a", failing), trusted("c", { device })]);
    expect(failed.verdicts).toMatchObject([{ device, status: "TIMEOUT", conforms: false }]);
    const ours = evidenceOf([bundle("a", claim), trusted("c", { device, unvotable: ["narrowed"] })]);
    expect(ours.verdicts[0]?.unvotable).toEqual(["narrowed"]);
    const seen = evidenceOf([bundle("a", claim), trusted("c", { device, status: "TIMEOUT", conforms: false })]);
    expect(seen.verdicts).toMatchObject([{ status: "TIMEOUT", conforms: false }]);
  });

  it("keeps what failed in either: no waiver for the one hides the other", () => {
    const failing = (name: string, status: "INCORRECT_NUMERICAL" | "NONDETERMINISTIC") => ({
      status,
      conforms: false,
      failing: [{ name, status, finding: "wrong" }],
    });
    const [found] = evidenceOf([
      bundle("a", failing("tail", "INCORRECT_NUMERICAL")),
      trusted("c", failing("head", "NONDETERMINISTIC")),
    ]).verdicts;
    expect(found).toMatchObject({ status: "INCORRECT_NUMERICAL", conforms: false });
    expect(found?.failing.map(({ name }) => name)).toEqual(["head", "tail"]);
  });

  it("of a device is no vote's by rewritable runs alone, however many", () => {
    const device = onDevice({ emulated: false });
    const claim = { device, unvotable: ["it can be rewritten"] };
    expect(evidenceOf([bundle("a", claim), bundle("b", claim)]).verdicts[0]?.unvotable).toEqual([
      "it can be rewritten",
    ]);
  });

  it("is never of nothing, or of two heads", () => {
    expect(() => evidenceOf([])).toThrow(RangeError);
    const other = { ...bundle("b", {}), bundle: { ...bundleOf([], "b"), head: HARNESS } };
    expect(() => evidenceOf([bundle("a", {}), other])).toThrow("evidence is of one head commit");
  });
});

describe("gates", () => {
  it("are one line for each submission and device class, the worst of its chips", () => {
    const device = onDevice({ emulated: false });
    const chip = { ...device, chip: "T2" };
    const evidence = evidenceOf([bundle("a", { device: chip, status: "TIMEOUT", conforms: false }, { device }, {})]);
    expect(gatesOf(evidence)).toEqual(["acme/sums · toy · device · TIMEOUT", "acme/sums · toy · emulated · PASSED"]);
  });

  it("tell a pass that lacks something from one that does not", () => {
    expect(gatesOf(evidenceOf([bundle("a", { conforms: false })]))).toEqual([
      "acme/sums · toy · emulated · PASSED, not all that it takes",
    ]);
  });
});

describe("new evidence ends a vote", () => {
  const before = (): ReturnType<typeof evidenceOf> => evidenceOf([bundle("a", {})]);

  it("when a gate's verdict changed", () => {
    expect(superseding(before(), evidenceOf([bundle("b", { status: "TIMEOUT", conforms: false })]))).toBe(
      "acme/sums · toy · emulated was PASSED and is TIMEOUT",
    );
  });

  it("when a device class was added", () => {
    const after = evidenceOf([bundle("b", {}, { device: onDevice({ emulated: false }) })]);
    expect(superseding(before(), after)).toBe("acme/sums · toy · device was added with PASSED");
  });

  it("never for other times, headrooms, runners or digests, nor for a class that is gone", () => {
    const other = { headroom: 0.99, device: onDevice({ model: "another", environment: "0".repeat(64) }) };
    expect(superseding(before(), evidenceOf([bundle("b", other)]))).toBeNull();
    const both = evidenceOf([bundle("a", {}, { device: onDevice({ emulated: false }) })]);
    expect(superseding(both, before())).toBeNull();
  });
});
