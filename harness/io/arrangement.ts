// How the elements of a tensor lie behind its data pointer: dense, or with an offset and padded rows. Bytes to and fro, and what lies between.
import { dtypeBytes, dtypeBytesOf } from "../domain/dtype.ts";
import type { Placement } from "../domain/kernel.ts";
import type { TensorSpec } from "../domain/op.ts";
import { contiguousStrides, elementCount } from "../domain/tensor.ts";

/** Where elements are. */
export interface Arrangement {
  /** In elements. */
  readonly strides: readonly number[];
  /** Bytes from the data pointer to the first element. */
  readonly offset: number;
  /** Bytes from the data pointer to the end. */
  readonly bytes: number;
  /** Elements follow each other from the data pointer on. */
  readonly dense: boolean;
}

/** Elements before the first one, by argument: odd numbers, so that no vector load of the row's start is aligned. */
const OFFSETS = [1, 3] as const;

/** Elements between two rows, by argument: tensors of one shape have strides of their own. */
const PADDINGS = [5, 7, 9, 11, 13] as const;

/** Elements between two of any other axis: its stride does not follow from the strides within. */
const GAP = 3;

/** What the padding of inputs holds: NaN in floating dtypes, -1 in integers. */
const FILLER = 0xff;

function denseOf(spec: TensorSpec): Arrangement {
  const bytes = spec.absent ? 0 : dtypeBytesOf(spec.dtype, elementCount(spec.shape));
  return { strides: contiguousStrides(spec.shape), offset: 0, bytes, dense: true };
}

/**
 * The axis that rows lie along: the last. Where that has one element, in every other shape the last longer one: a sum over the last axis of [rows, K, 1] meets
 * contiguous rows with gaps between them, as well as a K that is strided itself.
 */
function rowAxis(shape: readonly number[]): number {
  const longer = shape.findLastIndex((extent) => extent > 1);
  const every = shape.reduce((sum, extent) => sum + extent, 0);
  return longer < 1 || every % 2 === 0 ? shape.length - 1 : longer;
}

/** The arrangement of argument `index`. Nibbles share bytes and empty tensors have none: both stay dense. */
export function arrange(spec: TensorSpec, index: number, placement: Placement): Arrangement {
  const size = dtypeBytes(spec.dtype);
  if (placement !== "strided" || spec.absent || size < 1 || elementCount(spec.shape) === 0) return denseOf(spec);
  const strides = spec.shape.map(() => 1);
  const padding = PADDINGS[index % PADDINGS.length] ?? 5;
  const rows = rowAxis(spec.shape) - 1;
  for (let axis = rows; axis >= 0; axis -= 1) {
    const between = axis === rows ? padding : GAP;
    strides[axis] = (strides[axis + 1] ?? 1) * (spec.shape[axis + 1] ?? 1) + between;
  }
  const last = spec.shape.reduce((sum, extent, axis) => sum + (extent - 1) * (strides[axis] ?? 1), 0);
  const offset = (OFFSETS[index % OFFSETS.length] ?? 1) * size;
  return { strides, offset, bytes: offset + (last + 1) * size, dense: false };
}

/** Calls `row` with the place of each row (last axis): its first byte in dense order and behind the data pointer. */
function eachRow(spec: TensorSpec, arrangement: Arrangement, row: (dense: number, placed: number) => void): void {
  const { shape } = spec;
  const size = dtypeBytes(spec.dtype);
  const columns = shape.at(-1) ?? 1;
  const rows = elementCount(shape.slice(0, -1));
  for (let index = 0; index < rows; index += 1) {
    let rest = index;
    let place = 0;
    for (let axis = shape.length - 2; axis >= 0; axis -= 1) {
      const extent = shape[axis] ?? 1;
      place += (rest % extent) * (arrangement.strides[axis] ?? 0);
      rest = Math.floor(rest / extent);
    }
    row(index * columns * size, arrangement.offset + place * size);
  }
}

function rowBytes(spec: TensorSpec): number {
  return (spec.shape.at(-1) ?? 1) * dtypeBytes(spec.dtype);
}

/** Dense bytes as they lie behind the data pointer. */
export function scatter(dense: Uint8Array, spec: TensorSpec, arrangement: Arrangement): Uint8Array {
  if (arrangement.dense) return dense;
  const placed = new Uint8Array(arrangement.bytes).fill(FILLER);
  const bytes = rowBytes(spec);
  eachRow(spec, arrangement, (from, to) => placed.set(dense.subarray(from, from + bytes), to));
  return placed;
}

/** The dense bytes of what lies behind the data pointer. */
export function gather(placed: Uint8Array, spec: TensorSpec, arrangement: Arrangement): Uint8Array {
  if (arrangement.dense) return placed;
  const dense = new Uint8Array(dtypeBytesOf(spec.dtype, elementCount(spec.shape)));
  const bytes = rowBytes(spec);
  eachRow(spec, arrangement, (to, from) => dense.set(placed.subarray(from, from + bytes), to));
  return dense;
}

/** The first byte outside every row that does not hold the poison any more; -1 where all do. `poison` in hex, repeated from the data pointer on. */
export function brokenPadding(placed: Uint8Array, spec: TensorSpec, arrangement: Arrangement, poison: string): number {
  if (arrangement.dense) return -1;
  const pattern = Buffer.from(poison, "hex");
  const own = new Uint8Array(placed.length);
  const bytes = rowBytes(spec);
  eachRow(spec, arrangement, (_, from) => own.fill(1, from, from + bytes));
  return placed.findIndex((byte, index) => own[index] === 0 && byte !== pattern[index % pattern.length]);
}
