// How far an output is from the expected one, in numbers: said of every floating output, whatever the rules say of it.
import { ulpOf } from "../domain/dtype.ts";
import type { NodeErrors } from "../domain/node-record.ts";
import { dtypeOf } from "../onnx/dtype.ts";
import { type ElementType, numbersOf } from "../onnx/element.ts";
import type { OnnxValue } from "../onnx/value.ts";
import { countOf } from "./rules.ts";

function tensorErrors(output: string, type: ElementType, count: number, got: Uint8Array, want: Uint8Array): NodeErrors {
  const dtype = dtypeOf(type);
  const none = { output, type: type.name, elements: count, maxUlp: dtype === undefined ? null : 0, ofLargest: 0 };
  if (Buffer.compare(got, want) === 0) return { ...none, different: 0, maxAbs: 0 };
  const [a, b] = [numbersOf(type, got, count), numbersOf(type, want, count)];
  let [different, maxAbs, maxUlp, largest] = [0, 0, 0, 0];
  for (let index = 0; index < a.length; index += 1) {
    const [x, y] = [a[index] ?? 0, b[index] ?? 0];
    if (Number.isFinite(y)) largest = Math.max(largest, Math.abs(y));
    if (x === y || (Number.isNaN(x) && Number.isNaN(y))) continue;
    different += 1;
    const distance = Math.abs(x - y);
    if (!Number.isFinite(distance)) continue;
    maxAbs = Math.max(maxAbs, distance);
    if (dtype !== undefined) maxUlp = Math.max(maxUlp, distance / ulpOf(y, dtype));
  }
  const ofLargest = maxAbs === 0 ? 0 : largest === 0 ? 1 : Math.min(1, maxAbs / largest);
  return { ...none, different, maxAbs, maxUlp: dtype === undefined ? null : maxUlp, ofLargest };
}

/** Summaries of the floating tensors of an output that has the expected form; none for others. */
export function errorsOf(output: string, got: OnnxValue, want: OnnxValue): NodeErrors[] {
  if (got.kind === "sequence" && want.kind === "sequence")
    return want.items.flatMap((item, index) =>
      errorsOf(`${output}[${index}]`, got.items[index] ?? { kind: "none" }, item),
    );
  if (got.kind !== "tensor" || want.kind !== "tensor" || got.type !== want.type) return [];
  if (want.type.kind !== "float" || got.shape.join() !== want.shape.join()) return [];
  return [tensorErrors(output, want.type, countOf(want.shape), got.bytes, want.bytes)];
}
