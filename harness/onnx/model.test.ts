// ONNX models: what is built can be read again, field by field, and what is no model is refused.
import fc from "fast-check";
import type protobuf from "protobufjs";
import { describe, expect, it } from "vitest";
import { DTYPES } from "../domain/dtype.ts";
import { bytesOf, fill } from "../domain/tensor.ts";
import { decodeModel, encodeModel, reencodeModel } from "./codec.ts";
import { ModelBuilder } from "./model.ts";

/** A message as plain JSON: enums as numbers, bytes as base64. */
function plain(message: protobuf.Message): Record<string, unknown> {
  return message.$type.toObject(message, { longs: Number, bytes: String, enums: Number });
}

function small(): Uint8Array {
  const model = new ModelBuilder(19);
  model.domain("com.microsoft", 1);
  const x = model.input("x", "int8", [1, 4]);
  const scale = model.initializer(
    "scale",
    fill("float32", [], () => 0.5),
  );
  const y = model.node("DequantizeLinear", [x, scale], "real", {
    axis: 1,
    note: "text",
    ratio: { float: 0.25 },
    pads: [0, 1],
  });
  model.node("Cast", [y, ""], model.output("y", "float16", [1, 4]), { to: { dtype: "float16" } }, "com.microsoft");
  return model.build();
}

describe("a built model", () => {
  it("has its graph, typed inputs and outputs, initializers and operator sets", () => {
    const model = plain(decodeModel(small()));
    expect(model).toMatchObject({
      irVersion: 10,
      producerName: "openxpu",
      opsetImport: [
        { domain: "", version: 19 },
        { domain: "com.microsoft", version: 1 },
      ],
      graph: {
        input: [
          { name: "x", type: { tensorType: { elemType: 3, shape: { dim: [{ dimValue: 1 }, { dimValue: 4 }] } } } },
        ],
        output: [{ name: "y", type: { tensorType: { elemType: 10 } } }],
        initializer: [
          { name: "scale", dataType: 1, rawData: Buffer.from(Float32Array.of(0.5).buffer).toString("base64") },
        ],
      },
    });
  });

  it("keeps each attribute in its kind", () => {
    const { graph } = plain(decodeModel(small())) as {
      graph: { node: { attribute: unknown[]; input: string[]; domain: string }[] };
    };
    const [first, second] = graph.node;
    expect(first?.attribute).toEqual([
      { name: "axis", type: 2, i: 1 },
      { name: "note", type: 3, s: Buffer.from("text").toString("base64") },
      { name: "ratio", type: 1, f: 0.25 },
      { name: "pads", type: 7, ints: [0, 1] },
    ]);
    expect(second).toMatchObject({
      domain: "com.microsoft",
      input: ["real", ""],
      attribute: [{ name: "to", type: 2, i: 10 }],
    });
  });

  it("is the same bytes when it is read and written again", () => {
    expect(reencodeModel(decodeModel(small()))).toEqual(small());
  });

  it("holds constants of every dtype by their bytes", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...DTYPES),
        fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 1 }),
        (dtype, values) => {
          const tensor = fill(dtype, [values.length], (index) => values[index] ?? 0);
          const model = new ModelBuilder(19);
          model.initializer("c", tensor);
          const { graph } = plain(decodeModel(model.build())) as {
            graph: { initializer: { rawData: string; dims: number[] }[] };
          };
          expect(graph.initializer[0]).toMatchObject({
            rawData: Buffer.from(bytesOf(tensor)).toString("base64"),
            dims: [values.length],
          });
        },
      ),
    );
  });
});

describe("the element types of a model", () => {
  it("are the numbers of TensorProto.DataType", () => {
    const model = new ModelBuilder(19);
    for (const dtype of DTYPES)
      model.initializer(
        dtype,
        fill(dtype, [1], () => 0),
      );
    const { graph } = plain(decodeModel(model.build())) as {
      graph: { initializer: { name: string; dataType: number }[] };
    };
    // float16, bfloat16, float32, float64, float8_e4m3fn, float8_e5m2, int4, uint4, int8, uint8, int32, int64, bool.
    expect(graph.initializer.map(({ dataType }) => dataType)).toEqual([10, 16, 1, 11, 17, 19, 22, 21, 3, 2, 6, 7, 9]);
  });
});

describe("what is no model", () => {
  it("is refused with the field that is wrong", () => {
    const wrong = { graph: { node: [{ opType: 7 }] } };
    expect(() => encodeModel(wrong as unknown as Parameters<typeof encodeModel>[0])).toThrow(
      /not an ONNX model: graph\.node\.opType/,
    );
  });

  it("is refused when its bytes are cut", () => {
    const bytes = small();
    expect(() => decodeModel(bytes.subarray(0, bytes.length - 3))).toThrow();
  });
});
