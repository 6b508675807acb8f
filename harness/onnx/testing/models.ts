// Models for tests: one that is right, and changes of it that are not.
import type { onnx } from "onnx-proto";
import { encodeModel } from "../codec.ts";

/** Parts of a model; what is not given is that of the right one. */
export interface Parts {
  readonly model?: onnx.IModelProto;
  readonly graph?: onnx.IGraphProto;
  readonly nodes?: onnx.INodeProto[];
}

/** A graph input or output of a dtype (TensorProto.DataType) and extents. */
export function valueInfo(name: string, elemType: number, extents: readonly (number | string)[]): onnx.IValueInfoProto {
  const dim = extents.map((extent) => (typeof extent === "number" ? { dimValue: extent } : { dimParam: extent }));
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}

/** A float32 tensor of zeros. */
export function floatTensor(name: string, dims: readonly number[], bytes?: number): onnx.ITensorProto {
  const count = dims.reduce((product, extent) => product * extent, 1);
  return { name, dataType: 1, dims: [...dims], rawData: new Uint8Array(bytes ?? 4 * count) };
}

/** The bytes of x[2, 3] -> Relu -> h -> Add w[3] -> y[2, 3], with some parts replaced. */
export function modelBytes({ model = {}, graph = {}, nodes }: Parts = {}): Uint8Array {
  // Not the Buffer that protobufjs makes in Node: tests compare bytes.
  return Uint8Array.from(
    encodeModel({
      irVersion: 10,
      producerName: "tests",
      opsetImport: [{ domain: "", version: 19 }],
      graph: {
        name: "graph",
        node: nodes ?? [
          { opType: "Relu", name: "first", input: ["x"], output: ["h"] },
          { opType: "Add", name: "second", input: ["h", "w"], output: ["y"] },
        ],
        input: [valueInfo("x", 1, [2, 3])],
        output: [valueInfo("y", 1, [2, 3])],
        initializer: [floatTensor("w", [3])],
        ...graph,
      },
      ...model,
    }),
  );
}
