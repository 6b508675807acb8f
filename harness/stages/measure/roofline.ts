// Takes a case and what no device can do better, gives the least time a call can take. Pure.
import type { Roofline } from "../../domain/device.ts";
import type { Measurement } from "../../domain/measurement.ts";
import { dtypeBytes, dtypeBytesOf } from "../../domain/dtype.ts";
import type { BoundCase, NumericsClass, TensorSpec } from "../../domain/op.ts";
import { elementCount } from "../../domain/tensor.ts";

/** Masks (causal attention) leave out up to half of what `work` counts. */
const UNMASKED = 0.5;

function bytes({ dtype, shape, absent }: TensorSpec): number {
  return absent ? 0 : dtypeBytesOf(dtype, elementCount(shape));
}

/** Multiply-adds that a kernel must do, 0 where an op's count is not a least one. */
function operations(bound: BoundCase, numerics: NumericsClass): number {
  // Indices are selected by comparing: `work` is the most that an algorithm needs. Winograd and FFT multiply less than `work` says.
  const selects = bound.outputs.some(({ dtype, absent }) => !absent && dtype === "int64");
  return selects || numerics.algorithm !== "direct" ? 0 : bound.work * UNMASKED;
}

function peak(bound: BoundCase, { operations: { bits64, bits32, bits16, bits8 } }: Roofline): number {
  const tensors = [...bound.inputs, ...bound.outputs].filter(({ absent }) => !absent);
  const narrowest = Math.min(...tensors.map(({ dtype }) => dtypeBytes(dtype)));
  if (narrowest >= 8) return bits64;
  if (narrowest >= 4) return bits32;
  return narrowest >= 2 ? bits16 : bits8;
}

/**
 * Least time in ns: the inputs that every call must read (parameters are not counted: of a table some rows may do) and the outputs, or the
 * multiply-adds, whichever takes longer.
 */
export function floorNs(bound: BoundCase, numerics: NumericsClass, threads: number, roofline: Roofline): number {
  const inputs = bound.inputs.filter(({ parameter }) => !parameter);
  const moved = [...inputs, ...bound.outputs].reduce((sum, spec) => sum + bytes(spec), 0);
  const seconds = Math.max(moved / roofline.bytes, operations(bound, numerics) / peak(bound, roofline));
  return (seconds / threads) * 1e9;
}

/** What a record says of the fastest call beside that floor; undefined where there is none. */
export function rooflineOf(floor: number, fastestNs: number): Measurement["roofline"] {
  return floor > 0 ? { floorNs: floor, ratio: floor / fastestNs } : undefined;
}
