// ONNX models for matmul: MatMul in float32 as the witness, in the case's dtype as the baseline.
import type { BoundCase } from "../../../harness/domain/op.ts";
import type { OnnxReference } from "../../../harness/domain/oracle.ts";
import { ModelBuilder } from "../../../harness/onnx/model.ts";
import { extentsOf } from "../extents.ts";

const OPSET = 21;
/** [batch, rows, columns] -> [batch, columns, rows]. */
const SWAP = { perm: [0, 2, 1] };

/** MatMul between casts to float32: it has no bfloat16 here, and float16 would be of a class of its own. */
function product(bound: BoundCase): Uint8Array {
  const { transA, transB, dtype } = extentsOf(bound);
  const model = new ModelBuilder(OPSET);
  const operand = (name: string, transposed: boolean): string => {
    const wide = dtype === "float32" ? name : model.node("Cast", [name], `${name}_wide`, { to: { dtype: "float32" } });
    return transposed ? model.node("Transpose", [wide], `${name}_turned`, SWAP) : wide;
  };
  for (const { name, shape } of bound.inputs) model.input(name, dtype, shape);
  const a = operand("a", transA);
  const b = operand("b", transB);
  if (dtype === "float32") model.node("MatMul", [a, b], "c");
  else model.node("Cast", [model.node("MatMul", [a, b], "c_wide")], "c", { to: { dtype } });
  for (const { name, shape } of bound.outputs) model.output(name, dtype, shape);
  return model.build();
}

/**
 * Measured with ONNX Runtime 1.31.1: its fusion of Transpose into MatMul writes the empty sums of the first matrix only.
 * Without the fusion, and with extents that are not empty (22,000 drawn ones), it writes them all.
 */
function leavesEmptySums(bound: BoundCase): boolean {
  const { batch, k, transA, transB } = extentsOf(bound);
  return k === 0 && batch > 1 && (transA || transB);
}

/** The ONNX models of matmul. */
export const reference: OnnxReference = {
  witness: (bound) =>
    leavesEmptySums(bound)
      ? { absent: "ONNX Runtime 1.31 writes the empty sums of the first matrix only where an operand is transposed" }
      : product(bound),
  // Nobody would run half types through casts on a CPU.
  baselines: (bound) =>
    extentsOf(bound).dtype === "float32" ? [{ name: "onnxruntime MatMul", run: product(bound) }] : [],
};
