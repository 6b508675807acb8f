// How far an output is from the expected one, in numbers: said of every floating tensor, whatever the rules say of it.
import { ulpOf } from "../domain/dtype.ts";
import type { NodeErrors } from "../domain/node-record.ts";
import { dtypeOf } from "../onnx/dtype.ts";
import type { TensorPair } from "./pair.ts";

/** The summary of a floating tensor. */
export function errorsOf(output: string, pair: TensorPair): NodeErrors {
  const { type } = pair.want;
  const dtype = dtypeOf(type);
  const none = {
    output,
    type: type.name,
    elements: pair.count,
    different: 0,
    maxAbs: 0,
    maxUlp: dtype === undefined ? null : 0,
    ofLargest: 0,
  };
  if (pair.same) return none;
  const [a, b] = pair.numbers;
  let [different, maxAbs, maxUlp, largest] = [0, 0, 0, 0];
  for (let index = 0; index < a.length; index += 1) {
    const [x = 0, y = 0] = [a[index], b[index]];
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
