// Cases through a lane: packed and unpacked without loss, and a case that takes the process down is blamed alone.
import { describe, expect, it } from "vitest";
import type { Called } from "../domain/ports.ts";
import { fromBytes } from "../domain/tensor.ts";
import { type Asked, done, scriptedLane } from "../testing/lane.ts";
import { packCases, unpackAnswers } from "./bundle.ts";
import { callsOf } from "./run.ts";
import { NodeRunner } from "./runner.ts";
import { exportedCase, floats, readyCase, typed } from "./testing/cases.ts";

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `test_${index}`);
const CASES = names(5).map((name) => readyCase(name));
/** Bytes of each tensor of a child. */
const SIZE = 2 ** 19;

/** What batch.py reads and writes: place and length of a JSON text, then the text. */
function textOf(bytes: Uint8Array): { readonly cases: readonly { readonly model: readonly [number, number] }[] } {
  const head = new DataView(bytes.buffer, bytes.byteOffset);
  const [place, length] = [Number(head.getBigUint64(0, true)), Number(head.getBigUint64(8, true))];
  return JSON.parse(new TextDecoder().decode(bytes.subarray(place, place + length))) as ReturnType<typeof textOf>;
}

function answersOf(cases: readonly object[], size: number): Called {
  const bytes = new Uint8Array(size);
  const text = new TextEncoder().encode(JSON.stringify({ cases }));
  bytes.set(text, 64);
  const head = new DataView(bytes.buffer);
  head.setBigUint64(0, 64n, true);
  head.setBigUint64(8, BigInt(text.length), true);
  return done({ answers: fromBytes("uint8", [size], bytes) });
}

const failed = (index: number): object => ({ failed: "run", kind: "Fail", message: `case ${index}` });

describe("a call", () => {
  it("carries models and values at aligned places", () => {
    const packed = new Uint8Array(SIZE);
    packCases(CASES, packed);
    const { cases } = textOf(packed);
    expect(cases).toHaveLength(5);
    const [offset, length] = cases[4]?.model ?? [0, 0];
    expect(offset % 64).toBe(0);
    expect(Buffer.compare(packed.subarray(offset, offset + length), CASES[4]?.model ?? new Uint8Array())).toBe(0);
  });

  it("brings tensors, strings, sequences and nothing back", () => {
    const bytes = new Uint8Array(4096);
    bytes.set(new Uint8Array(Float32Array.of(1, 2).buffer), 64);
    const outputs = [{ type: 1, shape: [2], at: [64, 8] }, { strings: ["a"], shape: [1] }, { items: [null] }];
    const text = new TextEncoder().encode(JSON.stringify({ cases: [{ outputs, ns: 5 }, failed(1)] }));
    bytes.set(text, 128);
    const head = new DataView(bytes.buffer);
    head.setBigUint64(0, 128n, true);
    head.setBigUint64(8, BigInt(text.length), true);
    expect(unpackAnswers(bytes)).toEqual([
      {
        state: "done",
        outputs: [
          floats([1, 2]),
          { kind: "strings", shape: [1], texts: ["a"] },
          { kind: "sequence", items: [{ kind: "none" }] },
        ],
        ns: 5,
      },
      { state: "failed", phase: "run", kind: "Fail", message: "case 1" },
    ]);
    outputs[0] = { type: 1, shape: [3], at: [64, 8] };
    const wrong = new TextEncoder().encode(JSON.stringify({ cases: [{ outputs, ns: 5 }] }));
    bytes.set(wrong, 128);
    head.setBigUint64(8, BigInt(wrong.length), true);
    expect(() => unpackAnswers(bytes)).toThrow(/an answer of shape \[3\] has 8 bytes/);
  });

  it("holds so many cases and so many bytes, and one case that is larger alone", () => {
    const exported = names(5).map((name) => exportedCase(name));
    expect(callsOf(exported, 2).map((call) => call.length)).toEqual([2, 2, 1]);
    const large = exported.map((one) => ({ ...one, inputs: [new Uint8Array(2 ** 20)] }));
    expect(callsOf(large, 100).map((call) => call.length)).toEqual([1, 1, 1, 1, 1]);
  });
});

describe("a call larger than the others", () => {
  it("gets a child with room for it, which then serves for all", async () => {
    const sizes: number[] = [];
    const script = ({ signature, inputs }: Asked): Called => {
      const input = inputs["cases"]?.elements;
      if (!(input instanceof Uint8Array)) throw new Error("no cases were given");
      sizes.push(signature.inputs[0]?.shape[0] ?? 0);
      return answersOf(
        textOf(input).cases.map((_, index) => failed(index)),
        signature.outputs[0]?.shape[0] ?? 0,
      );
    };
    const runner = new NodeRunner(scriptedLane({ call: script }), "none", 5);
    const large = readyCase("test_large", { inputs: [["x", typed(2, new Uint8Array(3 * SIZE), [3 * SIZE])]] });
    for (const cases of [CASES, [large], CASES]) expect(await runner.run(cases)).toHaveLength(cases.length);
    expect([sizes[0], (sizes[1] ?? 0) > 3 * SIZE, sizes[2] === sizes[1]]).toEqual([SIZE, true, true]);
  });
});

describe("a case that takes the process down", () => {
  it("is blamed alone; the others of its call are run again", async () => {
    const opened: number[] = [];
    const script = (asked: Asked): Called => {
      const input = asked.inputs["cases"]?.elements;
      if (!(input instanceof Uint8Array)) throw new Error("no cases were given");
      const { cases } = textOf(input);
      opened.push(cases.length);
      // Five cases, of which the third kills.
      if (cases.length === 5) {
        const failure = {
          kind: "signal",
          message: "killed",
          signal: "SIGSEGV",
          log: "case 0\ncase 1\nnoise\ncase 2\n",
        } as const;
        return { state: "failed", failure };
      }
      return answersOf(
        cases.map((_, index) => failed(index)),
        SIZE,
      );
    };
    const lane = scriptedLane({ call: script });
    const runner = new NodeRunner(lane, "none", 5);
    const answers = await runner.run(CASES);
    await runner.close();
    expect(opened).toEqual([5, 2, 2]);
    expect(answers.map((answer) => (answer.state === "failed" ? answer.message : ""))).toEqual([
      "case 0",
      "case 1",
      "it ended the process: SIGSEGV killed",
      "case 0",
      "case 1",
    ]);
    expect(lane.events.filter((event) => event.startsWith("open"))).toHaveLength(2);
  });

  it("and answers that cannot be read are broken infrastructure", async () => {
    const nothing = done({ answers: fromBytes("uint8", [4], new Uint8Array(4)) });
    const runner = new NodeRunner(scriptedLane({ call: () => nothing }), "none", 5);
    await expect(runner.run(CASES)).rejects.toThrow(/answers cannot be read/);
    const few = new NodeRunner(scriptedLane({ call: () => answersOf([failed(0)], SIZE) }), "none", 5);
    await expect(few.run(CASES)).rejects.toThrow(/1 answers to 5 cases/);
  });

  it("before it named a case is broken infrastructure", async () => {
    const failure = { kind: "exit", message: "no memory" } as const;
    const runner = new NodeRunner(scriptedLane({ call: () => ({ state: "failed", failure }) }), "none", 5);
    await expect(runner.run(CASES)).rejects.toThrow(/ONNX Runtime ended: no memory/);
  });
});
