// Sparse tensors: values, and the indices at which they stand.
import type { onnx } from "onnx-proto";
import { elementType } from "./element.ts";
import { bytesOfTensor, countOf, type Fault, integerOf, shapeFault, tensorFault } from "./tensor.ts";

/** What is wrong with a sparse tensor, or undefined. `largest` is the most elements of its dense form. */
export function sparseFault(sparse: onnx.ISparseTensorProto, largest: number): Fault | undefined {
  const { values, indices } = sparse;
  const invalid = (message: string, fix: string): Fault => ({ code: "MODEL_INVALID", message, fix });
  const extents = (sparse.dims ?? []).map(integerOf);
  const shape = shapeFault(extents, largest);
  if (shape !== undefined) return shape;
  if (!values || !indices) return invalid("values or indices are missing", "write both");
  const fault = tensorFault(values) ?? tensorFault(indices);
  if (fault !== undefined) return fault;
  const type = elementType(indices.dataType ?? 0);
  if (type?.name !== "int64") return invalid(`its indices are ${type?.name ?? "nothing"}`, "write them as int64");
  const count = countOf(values);
  const given = (indices.dims ?? []).map(integerOf);
  const linear = given.length === 1;
  const wanted = linear ? [count] : [count, extents.length];
  if (given.join() !== wanted.join())
    return invalid(`its indices have shape [${given.join()}] for ${count} values`, `use [${wanted.join()}]`);
  const bytes = bytesOfTensor(indices, type);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const dense = extents.reduce((product, extent) => product * extent, 1);
  for (let i = 0; i < bytes.length / 8; i += 1) {
    const index = Number(view.getBigInt64(8 * i, true));
    const end = linear ? dense : (extents[i % extents.length] ?? 0);
    if (index < 0 || index >= end) return invalid(`index ${index} lies outside its extent of ${end}`, "correct it");
  }
  return undefined;
}
