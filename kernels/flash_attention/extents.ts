// The extents of a case of flash_attention, and what a generator of inputs gives: elements by logical index.
import { type BoundCase, numberOf } from "../../harness/domain/op.ts";

/** Extents and attributes of a case. */
export interface Extents {
  readonly batch: number;
  readonly queries: number;
  readonly keys: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly size: number;
  readonly scale: number;
  readonly causal: boolean;
}

/** Reads them from a bound case. */
export function extentsOf(bound: BoundCase): Extents {
  return {
    batch: numberOf(bound, "B"),
    queries: numberOf(bound, "Tq"),
    keys: numberOf(bound, "Tk"),
    heads: numberOf(bound, "H"),
    kvHeads: numberOf(bound, "Hkv"),
    size: numberOf(bound, "D"),
    scale: numberOf(bound, "scale"),
    causal: numberOf(bound, "causal") !== 0,
  };
}

/** Number of keys that query `row` sees: all, or those up to the bottom-right diagonal (key j <= row + Tk - Tq). */
export function visibleKeys({ causal, keys, queries }: Extents, row: number): number {
  return causal ? Math.max(0, Math.min(keys, row + keys - queries + 1)) : keys;
}

/** The value at a batch, position, head and feature. Called once per element in row-major order. */
export type Element = (batch: number, position: number, head: number, feature: number) => number;

/** What a generator gives. */
export interface Values {
  readonly q: Element;
  readonly k: Element;
  readonly v: Element;
}
