// Cases of one node, for tests of what our ops cover.
import type { onnx } from "onnx-proto";
import { valueInfo } from "../../onnx/testing/models.ts";
import { CaseReader, type ReadyCase } from "../case.ts";
import { exportedCase, tensorFile } from "./cases.ts";

/** A tensor of `code` with its shape; elements count up from 0. */
export type Given = readonly [code: number, shape: readonly number[]];

/** A case of one node. */
export function nodeCaseOf(
  opType: string,
  inputs: readonly Given[],
  outputs: readonly Given[],
  attribute: onnx.IAttributeProto[] = [],
  version = 23,
): ReadyCase {
  const values = (given: readonly Given[], letter: string): onnx.IValueInfoProto[] =>
    given.map(([code, shape], index) => valueInfo(`${letter}${index}`, code, shape));
  const file = ([code, shape]: Given): Uint8Array => {
    const count = shape.reduce((product, extent) => product * extent, 1);
    const numbers = Array.from({ length: count }, (_, index) => index);
    return tensorFile({
      dataType: code,
      dims: [...shape],
      ...(code === 1 ? { floatData: numbers } : { int32Data: numbers }),
    });
  };
  const names = (given: readonly Given[], letter: string): string[] => given.map((_, index) => `${letter}${index}`);
  const read = new CaseReader([]).read({
    ...exportedCase("test_node", {
      nodes: [{ opType, input: names(inputs, "x"), output: names(outputs, "y"), attribute }],
      graph: { input: values(inputs, "x"), output: values(outputs, "y"), initializer: [] },
      model: { opsetImport: [{ version }] },
    }),
    inputs: inputs.map(file),
    outputs: outputs.map(file),
  });
  if (!("model" in read)) throw new Error(read.problems.map(({ message }) => message).join("; "));
  return read;
}

/** An integer attribute. */
export function integer(name: string, i: number): onnx.IAttributeProto {
  return { name, type: 2, i };
}
