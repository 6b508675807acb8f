// Values in files: whatever field a tensor was written in, its bytes come out in the layout of raw_data.
import type { onnx } from "onnx-proto";
import { describe, expect, it, test } from "vitest";
import { messageType } from "./schema.ts";
import { readValue, type ValueMessage } from "./value.ts";

function encode(message: ValueMessage, value: object): Uint8Array {
  const type = messageType(message);
  return type.encode(type.fromObject(value)).finish();
}

const tensor = (value: onnx.ITensorProto): unknown => {
  const read = readValue("TensorProto", encode("TensorProto", value));
  return read.kind === "tensor" ? [read.type.name, read.shape, [...read.bytes]] : read;
};

describe("a tensor in a typed field", () => {
  test.each<readonly [string, onnx.ITensorProto, unknown]>([
    ["float", { dataType: 1, dims: [1], floatData: [1] }, ["float", [1], [0, 0, 0x80, 0x3f]]],
    ["float16 as bits", { dataType: 10, dims: [2], int32Data: [0x3c00, 0x8000] }, ["float16", [2], [0, 0x3c, 0, 0x80]]],
    ["int8", { dataType: 3, dims: [2], int32Data: [-1, 2] }, ["int8", [2], [255, 2]]],
    ["int4, two an entry", { dataType: 22, dims: [3], int32Data: [0x21, 0x03] }, ["int4", [3], [0x21, 3]]],
    ["int64", { dataType: 7, dims: [1], int64Data: [-2] }, ["int64", [1], [254, 255, 255, 255, 255, 255, 255, 255]]],
    ["uint32", { dataType: 12, dims: [1], uint64Data: [4294967295] }, ["uint32", [1], [255, 255, 255, 255]]],
    ["bool", { dataType: 9, dims: [2], int32Data: [1, 0] }, ["bool", [2], [1, 0]]],
    ["float6, one an entry", { dataType: 27, dims: [2], int32Data: [0x3f, 0x01] }, ["float6e2m3", [2], [0x7f, 0]]],
    ["of no elements", { dataType: 1, dims: [0, 5] }, ["float", [0, 5], []]],
    ["a scalar", { dataType: 2, dims: [], int32Data: [7] }, ["uint8", [], [7]]],
  ])("%s", (_, value, bytes) => {
    expect(tensor(value)).toEqual(bytes);
  });

  it("of strings gives their texts", () => {
    const stringData = ["é", ""].map((text) => new TextEncoder().encode(text));
    expect(tensor({ dataType: 8, dims: [2], stringData })).toEqual({ kind: "strings", shape: [2], texts: ["é", ""] });
  });
});

describe("a value of another form", () => {
  const one = { dataType: 2, dims: [1], int32Data: [5] };

  it("is a sequence of tensors, an optional of one, or nothing", () => {
    const sequence = { elemType: 1, tensorValues: [one, one] };
    expect(readValue("SequenceProto", encode("SequenceProto", sequence))).toMatchObject({
      kind: "sequence",
      items: [{ kind: "tensor" }, { kind: "tensor" }],
    });
    const held = { elemType: 3, sequenceValue: sequence };
    expect(readValue("OptionalProto", encode("OptionalProto", held)).kind).toBe("sequence");
    expect(readValue("OptionalProto", encode("OptionalProto", { elemType: 0 }))).toEqual({ kind: "none" });
  });

  it("that is damaged, or of a kind that no test has, is said to be", () => {
    expect(() => readValue("TensorProto", Uint8Array.of(0x0a, 0x7f))).toThrow(/byte 1: .*127 bytes/);
    expect(() => readValue("TensorProto", encode("TensorProto", { ...one, dims: [2] }))).toThrow(/1 entries where 2/);
    expect(() => readValue("SequenceProto", encode("SequenceProto", { elemType: 4 }))).toThrow(/kind 4/);
  });
});
