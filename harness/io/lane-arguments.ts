// The arguments of a signature as the broker wants them described.
import { dtypeBytes } from "../domain/dtype.ts";
import type { Kernel, Placement } from "../domain/kernel.ts";
import type { TensorSpec } from "../domain/op.ts";
import type { Signature } from "../domain/ports.ts";
import { arrange, type Arrangement } from "./arrangement.ts";

/** An argument of a kernel and where its elements lie. */
export interface Argument {
  readonly index: number;
  readonly role: "input" | "output";
  readonly spec: TensorSpec;
  readonly arrangement: Arrangement;
}

/** The arguments of one signature, counted behind those of the signatures before it. */
export function argumentsOf({ inputs, outputs }: Signature, placement: Placement, before: number): Argument[] {
  return [...inputs, ...outputs].map((spec, index) => ({
    index: before + index,
    role: index < inputs.length ? "input" : "output",
    spec,
    arrangement: arrange(spec, index, placement),
  }));
}

/** One entry of `tensors`. */
export function tensorOf(kernel: Kernel, { role, spec, arrangement }: Argument): object {
  return {
    name: spec.name,
    role,
    dtype: spec.dtype,
    shape: spec.shape,
    strides: arrangement.strides,
    bytes: arrangement.bytes,
    offset: arrangement.offset,
    align: Math.max(kernel.align, dtypeBytes(spec.dtype)),
    absent: spec.absent,
  };
}

/** The `attributes`. */
export function attributesOf(signature: Signature): object[] {
  return signature.attributes.map(({ name, kind, value }) => ({
    name,
    kind,
    tuple: Array.isArray(value),
    values: (Array.isArray(value) ? value : [value]).map(Number),
  }));
}
