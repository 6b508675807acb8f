// MatMul and Gemm as our matmul.
import type { AttributeValue } from "../../domain/op.ts";
import { type Cover, dtypeOf, type Finder, type NodeCase, product } from "./cover.ts";
import type { TensorValue } from "../pair.ts";

function matmul(
  { output }: NodeCase,
  a: TensorValue,
  b: TensorValue,
  axes: Cover["axes"],
  attributes: Readonly<Record<string, AttributeValue>>,
): Cover {
  return {
    op: "matmul",
    axes,
    attributes,
    dtypes: { T: dtypeOf(a) },
    inputs: { a, b },
    outputs: { c: output(0) ?? 0 },
  };
}

/** MatMul with one matrix for all, or as many matrices on both sides. */
export const matMul: Finder = (seen) => {
  const [a, b] = [seen.input(0), seen.input(1)];
  if (a === undefined || b === undefined || a.shape.length === 0) return "it has no two tensors";
  const [outer, rows] = [a.shape.slice(0, -2), a.shape.length === 1 ? 1 : (a.shape.at(-2) ?? 1)];
  const [outerB, columns] = [b.shape.slice(0, -2), b.shape.length === 1 ? 1 : (b.shape.at(-1) ?? 1)];
  const shared = product(outerB) === 1;
  if (!shared && outer.join() !== outerB.join()) return "its batches are broadcast";
  const axes = { batch: product(outer), batch_b: product(outerB), M: rows, N: columns, K: a.shape.at(-1) ?? 1 };
  return matmul(seen, a, b, axes, {});
};

/** Gemm without a bias and factors. */
export const gemm: Finder = (seen) => {
  const { node } = seen;
  const [a, b] = [seen.input(0), seen.input(1)];
  if (a === undefined || b === undefined) return "it has no two tensors";
  if (seen.input(2) !== undefined) return "matmul has no bias";
  if (node.number("alpha", 1) !== 1) return "matmul has no factor";
  const [transA, transB] = [node.number("transA", 0) === 1, node.number("transB", 0) === 1];
  const [m, k] = transA ? [a.shape[1], a.shape[0]] : a.shape;
  const n = transB ? b.shape[0] : b.shape[1];
  const axes = { batch: 1, batch_b: 1, M: m ?? 0, N: n ?? 0, K: k ?? 0 };
  return matmul(seen, a, b, axes, { trans_a: transA, trans_b: transB });
};
