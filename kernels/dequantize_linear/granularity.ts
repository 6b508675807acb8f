// Which scale an element takes: x is cut into blocks along its three axes, and every block has one.
import { type BoundCase, numberOf } from "../../harness/domain/op.ts";

/** Three extents or strides, outermost first. */
export type Triple = readonly [number, number, number];

/** How a case cuts x [outer, C, inner] into blocks. */
export interface Granularity {
  readonly shape: Triple;
  /** Extents of a block. */
  readonly block: Triple;
  /** Blocks along each axis: the shape of y_scale and y_zero_point. */
  readonly scales: Triple;
}

export function granularityOf(bound: BoundCase): Granularity {
  const of = (names: Triple3): Triple => [
    numberOf(bound, names[0]),
    numberOf(bound, names[1]),
    numberOf(bound, names[2]),
  ];
  return { shape: of(["outer", "C", "inner"]), block: of(["Bo", "Bc", "Bi"]), scales: of(["So", "Sc", "Si"]) };
}

type Triple3 = readonly [string, string, string];

/** Number of scales. */
export function scaleCount({ scales }: Granularity): number {
  return scales[0] * scales[1] * scales[2];
}

/** Number of elements of x. */
export function elementsOf({ shape }: Granularity): number {
  return shape[0] * shape[1] * shape[2];
}

/** Place of the first scale of a row (one o and c; `row` = o * C + c) in the row-major scales. */
export function rowOfScales({ shape, block, scales }: Granularity, row: number): number {
  const outer = Math.floor(Math.floor(row / shape[1]) / block[0]);
  const channel = Math.floor((row % shape[1]) / block[1]);
  return (outer * scales[1] + channel) * scales[2];
}

/** Place of the scale of the element `index` (row-major in x). */
export function scaleOf(granularity: Granularity, index: number): number {
  const inner = granularity.shape[2];
  return rowOfScales(granularity, Math.floor(index / inner)) + Math.floor((index % inner) / granularity.block[2]);
}
