// Rules of what lane C of layer_norm holds, and of the cases that reach paths of their own.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type BoundCase, bindCase, opSchema } from "../../harness/domain/op.ts";
import { seededRandom } from "../../harness/domain/random.ts";
import { toFloat64 } from "../../harness/domain/tensor.ts";
import { oracle } from "./oracle.ts";

const SEED = "00112233445566778899aabbccddeeff";
const op = opSchema.parse(parse(readFileSync(new URL("op.yaml", import.meta.url), "utf8")));

/** Names of the published cases in every dtype that hold. */
function everywhere(holds: (axes: Readonly<Record<string, number>>) => boolean): string[] {
  const all = op.cases.filter(({ dtypes, tags }) => dtypes["T"] === undefined && !tags.includes("bench"));
  return all.filter(({ axes }) => holds(axes)).map(({ name }) => name);
}

describe("lane C of layer_norm", () => {
  it("holds outputs of float16 below and above the middle between the largest number and the next power of two", () => {
    const one = { name: "test", axes: { rows: 60, D: 8 }, attributes: {}, dtypes: {}, absent: [], tags: [] };
    const bound: BoundCase = bindCase(op, one, { T: "float16" }, false);
    const probe = oracle.probes(bound).find(({ name }) => name === "specials");
    if (probe === undefined) throw new RangeError("no probe 'specials'");
    const inputs = oracle.inputs(bound, probe, seededRandom(SEED));
    const { y } = oracle.truth(bound, probe, inputs);
    if (y?.kind !== "real" || inputs["gamma"] === undefined) throw new TypeError("gamma and y expected");
    expect([...toFloat64(inputs["gamma"])].slice(3, 5)).toEqual([65_504, 65_504]);
    const beyond = y.y.filter((value) => value > 65_504 && value < 65_536);
    expect(beyond.some((value) => value < 65_520) && beyond.some((value) => value > 65_520)).toBe(true);
  });

  it.each(["float32", "float16", "bfloat16"] as const)("holds biases that are no finite number: %s", (T) => {
    const one = { name: "test", axes: { rows: 7, D: 9 }, attributes: {}, dtypes: {}, absent: [], tags: [] };
    const bound: BoundCase = bindCase(op, one, { T }, false);
    const probe = { name: "specials", lane: "C", reveals: "" } as const;
    const inputs = oracle.inputs(bound, probe, seededRandom(SEED));
    const { y } = oracle.truth(bound, probe, inputs);
    if (y?.kind !== "real") throw new TypeError("y expected");
    expect([...y.y].slice(5, 8)).toEqual([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN]);
  });
});

describe("the cases of layer_norm", () => {
  it("meet every extent at its largest once, the most features in bfloat16", () => {
    expect(everywhere(({ rows }) => rows === op.axes["rows"]?.max)).not.toEqual([]);
    const longest = op.cases.filter(({ axes }) => axes["D"] === op.axes["D"]?.max);
    expect(longest.map(({ dtypes }) => dtypes["T"])).toEqual(["bfloat16"]);
  });

  it("have short rows that do not fill packs and long rows without a tail in every dtype", () => {
    expect(everywhere(({ rows = 0, D = 0 }) => rows % 4 === 3 && D === 32)).not.toEqual([]);
    expect(everywhere(({ D = 0 }) => D >= 1024 && D < 4096 && D % 256 === 0)).not.toEqual([]);
  });

  it("hold every choice of beta, mean and rstd in every dtype", () => {
    const cases = op.cases.filter(({ dtypes, tags }) => dtypes["T"] === undefined && !tags.includes("bench"));
    expect(new Set(cases.map(({ absent }) => [...absent].sort().join())).size).toBe(8);
  });

  it("have more than one long row, a second wave of rows, rstd without mean and a small eps in every dtype", () => {
    expect(everywhere(({ rows = 0, D = 0 }) => rows > 1 && D > 4096)).not.toEqual([]);
    expect(everywhere(({ rows = 0 }) => rows > 256)).not.toEqual([]);
    expect(everywhere(() => true)).toEqual(expect.arrayContaining(["rstd_alone", "small_eps"]));
    const named = (name: string): (typeof op.cases)[number] | undefined => op.cases.find((one) => one.name === name);
    expect(named("rstd_alone")?.absent).toEqual(["mean"]);
    expect(named("small_eps")?.attributes).toEqual({ eps: 1e-7 });
  });
});
