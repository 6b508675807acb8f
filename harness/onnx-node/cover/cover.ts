// A case of one of our ops that an official case is: the same numbers in the same order, under our names and shapes.
import type { DType } from "../../domain/dtype.ts";
import type { AttributeValue } from "../../domain/op.ts";
import { dtypeOf as dtypeOfElement } from "../../onnx/dtype.ts";
import { type SingleNode, singleNode } from "../../onnx/node.ts";
import { modelOf, type ReadyCase } from "../case.ts";
import type { TensorValue } from "../pair.ts";

/** What an official case is in the words of one of our ops. */
export interface Cover {
  readonly op: string;
  readonly axes: Readonly<Record<string, number>>;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  /** Values of dtype variables. */
  readonly dtypes: Readonly<Record<string, DType | undefined>>;
  /** By our names; what is not here is absent. Elements lie as ours do, whatever the shape. */
  readonly inputs: Readonly<Record<string, TensorValue | undefined>>;
  /** Position among the case's outputs, by our names. */
  readonly outputs: Readonly<Record<string, number>>;
}

/** The node of a case with its values. */
export interface NodeCase {
  readonly node: SingleNode;
  /** The tensor at a position of the node's inputs. */
  readonly input: (position: number) => TensorValue | undefined;
  /** Position among the case's outputs of a node's output, undefined where it is left out. */
  readonly output: (position: number) => number | undefined;
}

/** Sees in a node a case of an op, or says why it is none. */
export type Finder = (seen: NodeCase) => Cover | string;

/** The node of a case, or undefined where it has several. */
export function nodeCase(ready: ReadyCase): NodeCase | undefined {
  const read = modelOf(ready);
  const node = read.ok ? singleNode(read.value) : undefined;
  if (node === undefined) return undefined;
  const { inputs, outputs } = ready;
  const values = new Map(inputs);
  const places = new Map(outputs.map(([name], index) => [name, index]));
  return {
    node,
    input: (position) => {
      const value = values.get(node.inputs[position] ?? "");
      return value?.kind === "tensor" ? value : undefined;
    },
    output: (position) => places.get(node.outputs[position] ?? ""),
  };
}

/** Our dtype of a tensor, undefined where there is none. */
export function dtypeOf(value: TensorValue | undefined): DType | undefined {
  return value === undefined ? undefined : dtypeOfElement(value.type);
}

/** Product of some extents. */
export function product(extents: readonly number[]): number {
  return extents.reduce((sum, extent) => sum * extent, 1);
}

/** An axis counted from the front. */
export function axisOf(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}
