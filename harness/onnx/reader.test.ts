// A hostile model is refused with its reason, never with a crash; each refusal here is a fault that something else would fall over.
import type { onnx } from "onnx-proto";
import { describe, expect, it, test } from "vitest";
import { MODEL_LIMITS } from "./limits.ts";
import { readModel } from "./reader.ts";
import { modelBytes, type Parts, valueInfo } from "./testing/models.ts";

/** `code message` of every problem. */
function refusals(bytes: Uint8Array): string[] {
  const read = readModel(bytes, { file: "model.onnx" });
  return read.ok ? [] : read.problems.map(({ code, message }) => `${code} ${message}`);
}

const refused = (parts: Parts): string[] => refusals(modelBytes(parts));

/** Bytes of a length-delimited field. */
function field(number: number, content: Uint8Array): Uint8Array {
  const length: number[] = [];
  for (let rest = content.length; ; rest >>>= 7) {
    length.push(rest > 127 ? (rest & 127) | 128 : rest);
    if (rest <= 127) break;
  }
  return Uint8Array.of((number << 3) | 2, ...length, ...content);
}

const GRAPH = 7;
const text = (content: string): Uint8Array => new TextEncoder().encode(content);
const joined = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));

describe("a model that holds", () => {
  it("is read with its inputs, outputs and operators; what an initializer gives is no input", () => {
    const read = readModel(
      modelBytes({ graph: { input: [valueInfo("x", 1, ["batch", 3]), valueInfo("w", 1, [3])] } }),
      { file: "model.onnx" },
    );
    expect(read.ok && read.value).toMatchObject({
      irVersion: 10,
      inputs: [{ name: "x", form: "tensor", shape: [null, 3], type: { name: "float" } }],
      outputs: [{ name: "y", shape: [2, 3] }],
      operators: ["/Relu", "/Add"],
      reduces: false,
    });
    expect(read.ok && [...read.value.opsets]).toEqual([["", 19]]);
  });

  it("has functions that call each other, and nodes that read what is around their graph", () => {
    const call = (opType: string, domain = "own"): onnx.INodeProto => ({ opType, domain, input: ["x"], output: ["y"] });
    const made = (name: string, node: onnx.INodeProto): onnx.IFunctionProto => ({
      name,
      domain: "own",
      input: ["x"],
      output: ["y"],
      node: [node],
      opsetImport: [{ domain: "", version: 19 }],
    });
    const branch: onnx.IGraphProto = {
      name: "branch",
      node: [{ opType: "Neg", input: ["x"], output: ["inner"] }],
      output: [valueInfo("inner", 1, [2, 3])],
    };
    const attribute = ["then_branch", "else_branch"].map((name, index) => ({
      name,
      type: 5,
      g: {
        ...branch,
        node: [{ ...branch.node?.[0], output: [`inner${index}`] }],
        output: [valueInfo(`inner${index}`, 1, [])],
      },
    }));
    const functions = [made("outer", call("inner")), made("inner", call("Relu", ""))];
    const nodes = [
      { opType: "outer", domain: "own", input: ["x"], output: ["h"] },
      { opType: "If", input: ["c"], output: ["y"], attribute },
    ];
    const input = [valueInfo("x", 1, [2, 3]), valueInfo("c", 9, [])];
    expect(refused({ nodes, graph: { input }, model: { functions } })).toEqual([]);
  });
});

describe("bytes that are no model", () => {
  it("name the byte at which they stop being one", () => {
    const whole = modelBytes();
    const read = readModel(whole.subarray(0, whole.length - 3), { file: "model.onnx" });
    expect(read.ok ? [] : read.problems).toMatchObject([
      { code: "MODEL_UNREADABLE", place: { file: "model.onnx", line: 1 }, fix: expect.stringContaining("export") },
    ]);
  });

  test.each([
    ["nothing at all", new Uint8Array(), /MODEL_INVALID model: its IR version is 0/],
    ["text", text("not a model at all"), /MODEL_UNREADABLE byte \d+/],
    [
      "a length of 2 GiB",
      Uint8Array.of(0x3a, 0xff, 0xff, 0xff, 0xff, 0x07, 0),
      /says 2,147,483,647 bytes where 1 are left/,
    ],
    ["a length of 2^35", Uint8Array.of(0x3a, 0xff, 0xff, 0xff, 0xff, 0x7f), /more than 32 bits/],
    ["a number of 11 bytes", Uint8Array.of(0x08, ...Array.from({ length: 10 }, () => 0xff), 1), /more than 10 bytes/],
    ["a group", Uint8Array.of(0x3b), /wire type 3/],
    ["a field that ONNX does not know", Uint8Array.of(0xfa, 0x07, 0), /field 127, which ONNX 1\.23 does not know/],
    ["a second graph", joined(modelBytes(), field(GRAPH, new Uint8Array())), /ModelProto\.graph is given twice/],
    ["a name that is no UTF-8", field(2, Uint8Array.of(0xc0, 0x80)), /producerName is no UTF-8/],
    [
      "an enum value that ONNX does not know",
      field(GRAPH, field(1, field(5, Uint8Array.of(0xa0, 1, 99)))),
      /AttributeProto\.type has a value/,
    ],
    [
      "two members of a oneof",
      field(GRAPH, field(11, field(2, joined(field(1, new Uint8Array()), field(4, new Uint8Array()))))),
      /TypeProto\.sequenceType is given twice/,
    ],
  ])("%s", (_, bytes, reason) => {
    expect(refusals(bytes)).toContainEqual(expect.stringMatching(reason));
  });

  it("may nest without end: graphs in attributes in nodes", () => {
    let graph = new Uint8Array();
    for (let depth = 0; depth < 200; depth += 1) graph = Uint8Array.from(field(1, field(5, field(6, graph))));
    expect(refusals(field(GRAPH, graph))).toEqual([
      expect.stringMatching(/MODEL_TOO_LARGE byte \d+: .*more than 64 deep/),
    ]);
  });

  it("may count without end: two bytes a message", () => {
    const many = new Uint8Array(2 * (MODEL_LIMITS.messages + 10));
    for (let i = 0; i < many.length; i += 2) many[i] = 0x0a;
    const outer = new Uint8Array(many.length + 5);
    outer.set([0x3a, (many.length & 127) | 128, ((many.length >> 7) & 127) | 128, ((many.length >> 14) & 127) | 128]);
    outer[4] = many.length >> 21;
    outer.set(many, 5);
    expect(refusals(outer)).toEqual([expect.stringMatching(/MODEL_TOO_LARGE byte \d+: more than 262,144 messages/)]);
  });

  it("may be larger than anybody needs", () => {
    const read = readModel(modelBytes(), { file: "m", limits: { ...MODEL_LIMITS, bytes: 10 } });
    expect(read.ok ? "" : read.problems[0]?.code).toBe("MODEL_TOO_LARGE");
  });
});
