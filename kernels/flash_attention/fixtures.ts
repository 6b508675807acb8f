// What the tests of flash_attention share: cases written by hand, inputs of a probe, truths, and a reader of tensors.
import type { DType } from "../../harness/domain/dtype.ts";
import { type AttributeValue, type BoundCase, bindCase, type Op } from "../../harness/domain/op.ts";
import type { Probe, RealTruth, Tensors } from "../../harness/domain/oracle.ts";
import { seededRandom } from "../../harness/domain/random.ts";
import { toFloat64 } from "../../harness/domain/tensor.ts";
import { PROBES } from "./inputs.ts";
import { oracle } from "./oracle.ts";

/** The seed where a test names none. */
const SEED = "00112233445566778899aabbccddeeff";

/** Makes a case; axes that are not named are 1, D is 8. */
type Binder = (axes: Record<string, number>, attributes?: Record<string, AttributeValue>, T?: DType) => BoundCase;

/** The binder of the op that a test has read. */
export function binderOf(op: Op): Binder {
  return (axes, attributes = {}, T = "float32") => {
    const all = { B: 1, Tq: 1, Tk: 1, H: 1, Hkv: 1, D: 8, ...axes };
    return bindCase(op, { name: "test", axes: all, attributes, dtypes: {}, absent: [], tags: [] }, { T }, false);
  };
}

/** A probe by name. @throws RangeError */
export function probe(name: string): Probe {
  const found = PROBES.find((one) => one.name === name);
  if (found === undefined) throw new RangeError(`no probe '${name}'`);
  return found;
}

/** The inputs of a probe. */
export function drawn(bound: BoundCase, name: string, seed = SEED): Tensors {
  return oracle.inputs(bound, probe(name), seededRandom(seed));
}

/** Both truths of a case with lse. */
export function truthOf(bound: BoundCase, inputs: Tensors, name = "std1"): { o: RealTruth; lse: RealTruth } {
  const { o, lse } = oracle.truth(bound, probe(name), inputs);
  if (o?.kind !== "real" || lse?.kind !== "real") throw new TypeError("two real truths expected");
  return { o, lse };
}

/** Reads [B, T, H, D] tensors by name and index. */
export function reader(
  inputs: Tensors,
): (name: string, b: number, position: number, head: number, d: number) => number {
  const flat = Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, toFloat64(tensor)]));
  return (name, b, position, head, d) => {
    const [, positions = 0, heads = 0, size = 0] = inputs[name]?.shape ?? [];
    return flat[name]?.[((b * positions + position) * heads + head) * size + d] ?? Number.NaN;
  };
}
