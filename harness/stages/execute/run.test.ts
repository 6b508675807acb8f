// How thoroughly a kernel is run: which calls with which poisons in which placement, and where a failure ends it.
import { describe, expect, it } from "vitest";
import { zeros } from "../../domain/tensor.ts";
import { done, kernelNamed, type Script, scriptedLane } from "../../testing/lane.ts";
import { boundOf, probeOf, realTruth } from "../../testing/judged.ts";
import { miniatureOp } from "../../testing/miniature.ts";
import { bindCase } from "../../domain/op.ts";
import type { Regime } from "./regimes.ts";
import { execute, POISONS, signatureOf, type Thoroughness } from "./run.ts";

const bound = boundOf("float32", [2]);
const signature = { inputs: bound.inputs, outputs: bound.outputs, attributes: [] };
const KERNEL = kernelNamed("k");
const right: Script["call"] = () => done({ y: zeros("float32", [2]) });

function regimes(count: number): Regime[] {
  return Array.from({ length: count }, (_, index) => ({
    probe: probeOf("B", `p${index}`),
    inputs: { x: zeros("float32", [2]) },
    truths: { y: realTruth([0, 0]) },
  }));
}

async function run(count: number, thoroughness: Thoroughness, script: Script = { call: right }) {
  const lane = scriptedLane(script);
  const execution = await execute(lane, KERNEL, signature, regimes(count), thoroughness);
  const calls = execution.calls.map(({ regime, placement, poison }) => `${placement} ${regime.probe.name} ${poison}`);
  return { execution, calls, events: lane.events };
}

describe("a candidate", () => {
  it("runs every regime, the last again with the other poison, the first in a fresh process, then left-aligned", async () => {
    const { calls, events } = await run(3, "full");
    expect(calls).toEqual([
      "right p0 a5",
      "right p1 a5",
      "right p2 a5",
      "right p2 a1ff",
      "right p0 a1ff",
      "left p0 a5",
    ]);
    expect(events.filter((event) => !event.startsWith("call"))).toEqual([
      "open k right",
      "close",
      "open k right",
      "close",
      "open k left",
      "close",
    ]);
  });

  it("runs the regime of the race twice in one process, because its sums round", async () => {
    const lane = scriptedLane({ call: right });
    const [first, second, third] = regimes(3);
    const raced = second === undefined ? [] : [{ ...second, probe: { ...second.probe, race: true as const } }];
    const all = [first, ...raced, third].filter((one) => one !== undefined);
    const execution = await execute(lane, KERNEL, signature, all, "full");
    const calls = execution.calls.filter(({ process }) => process === 0);
    expect(calls.map(({ regime, poison }) => `${regime.probe.name} ${poison}`)).toEqual([
      "p0 a5",
      "p1 a5",
      "p2 a5",
      "p1 a1ff",
      "p2 a1ff",
    ]);
  });

  it("that follows strides is seen on padded rows too", async () => {
    const lane = scriptedLane({ call: right });
    const execution = await execute(lane, { ...KERNEL, strided: true }, signature, regimes(2), "full");
    expect(execution.calls.map(({ placement, process }) => `${placement} ${process}`)).toEqual([
      "right 0",
      "right 0",
      "right 0",
      "right 1",
      "left 2",
      "strided 3",
    ]);
  });

  it("with one regime runs it with both poisons in one process and in a fresh one, and once left-aligned", async () => {
    expect((await run(1, "full")).calls).toEqual(["right p0 a5", "right p0 a1ff", "right p0 a1ff", "left p0 a5"]);
  });

  it("keeps what all of its children printed", async () => {
    expect((await run(1, "full")).execution.log).toBe(
      "k right said something\nk right said something\nk left said something\n",
    );
  });
});

describe("a witness", () => {
  it("runs every regime once, right-aligned", async () => {
    expect((await run(3, "once")).calls).toEqual(["right p0 a5", "right p1 a5", "right p2 a5"]);
  });
});

const failure = { kind: "raised", message: "no", log: "last words" } as const;

describe("a failure", () => {
  it("ends the execution at its call, with the calls before it and its log", async () => {
    const { execution, calls } = await run(3, "full", {
      call: (asked) => (asked.before === 1 ? { state: "failed", failure } : right(asked)),
    });
    expect(calls).toEqual(["right p0 a5"]);
    expect(execution).toMatchObject({
      failure: { failure, regime: { probe: { name: "p1" } }, placement: "right" },
      log: "last words",
    });
  });

  it("to load has no regime, and may come in a later child", async () => {
    const { execution, calls } = await run(1, "full", {
      call: right,
      refuses: (_, placement) => (placement === "left" ? failure : undefined),
    });
    expect(calls).toHaveLength(3);
    expect(execution.failure).toEqual({ failure, regime: null, companion: null, placement: "left" });
  });

  it("says how isolated the kernel was", async () => {
    const { execution } = await run(1, "once", { call: right, refuses: () => failure, isolation: "rlimit" });
    expect(execution.isolation).toBe("rlimit");
  });
});

describe("what the kernel is given", () => {
  it("poisons are neither zeros nor each other, whatever the width of an element", () => {
    for (const width of [1, 2, 4, 8]) {
      const filled = POISONS.map((poison) => Buffer.alloc(width, Buffer.from(poison, "hex")).toString("hex"));
      expect(new Set([...filled, "00".repeat(width)]).size).toBe(3);
    }
  });

  it("attributes come in the op's order with the kind that it declares", async () => {
    const op = await miniatureOp(
      "stride: {type: int64, default: 1}",
      "stride: {type: int64, default: 1}\n  scale: {type: float64, default: rsqrt(N)}\n  causal: {type: bool, default: true}",
    );
    const one = bindCase(
      op,
      { name: "a", axes: { N: 16, W: 2 }, attributes: { stride: 2 }, dtypes: {}, absent: ["bias"], tags: [] },
      { T: "float16" },
      false,
    );
    expect(signatureOf(op, one).attributes).toEqual([
      { name: "pads", kind: "int", value: [0, 0] },
      { name: "stride", kind: "int", value: 2 },
      { name: "scale", kind: "float", value: 0.25 },
      { name: "causal", kind: "bool", value: true },
    ]);
    expect(signatureOf(op, one).inputs.map(({ name, absent }) => [name, absent])).toEqual([
      ["x", false],
      ["bias", true],
    ]);
  });
});

describe("the company of a case", () => {
  const companion = { bound: boundOf("float32", [3]), signature: { ...signature }, inputs: {} };

  it("is met before the case in the fresh process, each with its own signature", async () => {
    const lane = scriptedLane({ call: right });
    const execution = await execute(lane, KERNEL, signature, regimes(1), "full", [companion, companion]);
    expect(lane.events.slice(3)).toEqual([
      "close",
      "open k right, 2 others",
      "call a1ff of signature 1",
      "call a1ff of signature 2",
      "call a1ff",
      "close",
      "open k left",
      "call a5",
      "close",
    ]);
    expect(execution.calls.map(({ company }) => company.length)).toEqual([0, 0, 2, 0]);
  });

  it("that a kernel fails on ends the execution, and says on which", async () => {
    const lane = scriptedLane({
      call: (asked) => (asked.signature === companion.signature ? { state: "failed", failure } : right(asked)),
    });
    const execution = await execute(lane, KERNEL, signature, regimes(1), "full", [companion]);
    expect(execution.failure).toEqual({ failure, regime: null, placement: "right", companion: companion.bound });
    expect(execution.calls).toHaveLength(2);
  });

  it("keeps what a kernel writes outside its outputs there", async () => {
    const canaries = [{ index: 1, side: "after", byte: 12 }] as const;
    const lane = scriptedLane({
      call: (asked) => ({
        ...done({ y: zeros("float32", [2]) }),
        canaries: asked.signature === companion.signature ? canaries : [],
      }),
    });
    const execution = await execute(lane, KERNEL, signature, regimes(1), "full", [companion]);
    expect(execution.strays).toEqual([{ companion: companion.bound, canaries }]);
  });
});
