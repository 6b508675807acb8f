// What tensor cores cut off of sums of half types.
import type { DType } from "./dtype.ts";

/**
 * What an accumulator of tensor cores loses, as a share of S: 3 u for each block of eight terms, of a sum that grows from 0 to S (kernels/matmul/README.md,
 * Error model). 0 up to `rounds` terms, where such a kernel fits the model of sums that round, and in float32.
 */
export function cutOff(dtype: DType, terms: number, rounds: number): number {
  return dtype === "float32" || terms <= rounds ? 0 : (3 * 2 ** -24 * (terms / 8)) / 2;
}
