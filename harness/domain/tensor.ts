// Tensors as the judge holds them: contiguous, row-major bytes with a dtype and a shape.
import {
  bfloat16ToNumber,
  type DType,
  dtypeBytesOf,
  float16ToNumber,
  float8ToNumber,
  numberToBfloat16,
  numberToFloat16,
  numberToFloat8,
} from "./dtype.ts";
import type { Random } from "./random.ts";

/**
 * The typed view of a tensor's bytes; float16 and bfloat16 are held as their 16-bit patterns, 8-bit floats as bytes, bool as 0 or 1.
 * int4 and uint4 are packed: element 2i is the low nibble of byte i, element 2i + 1 the high one, across rows too (ONNX's order).
 */
export type Elements = Float32Array | Float64Array | Int8Array | Uint8Array | Int32Array | BigInt64Array | Uint16Array;

/** A dense tensor. `shape` is outermost first; rank 0 holds one element. */
export interface Tensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly elements: Elements;
}

/** Number of elements of a shape; 1 for rank 0. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** Row-major strides in elements. */
export function contiguousStrides(shape: readonly number[]): number[] {
  const strides = shape.map(() => 1);
  for (let axis = shape.length - 2; axis >= 0; axis -= 1) {
    strides[axis] = (strides[axis + 1] ?? 1) * Math.max(1, shape[axis + 1] ?? 1);
  }
  return strides;
}

function view(dtype: DType, buffer: ArrayBuffer, count: number): Elements {
  switch (dtype) {
    case "float16":
    case "bfloat16":
      return new Uint16Array(buffer, 0, count);
    case "float32":
      return new Float32Array(buffer, 0, count);
    case "float64":
      return new Float64Array(buffer, 0, count);
    case "int8":
      return new Int8Array(buffer, 0, count);
    case "uint8":
    case "bool":
    case "float8_e4m3fn":
    case "float8_e5m2":
      return new Uint8Array(buffer, 0, count);
    case "int4":
    case "uint4":
      return new Uint8Array(buffer, 0, Math.ceil(count / 2));
    case "int32":
      return new Int32Array(buffer, 0, count);
    case "int64":
      return new BigInt64Array(buffer, 0, count);
  }
}

/** A tensor of zeros. */
export function zeros(dtype: DType, shape: readonly number[]): Tensor {
  const count = elementCount(shape);
  return { dtype, shape, elements: view(dtype, new ArrayBuffer(dtypeBytesOf(dtype, count)), count) };
}

/** A tensor whose element `i` (row-major) is `value(i)` rounded to the dtype, ties to even; integer dtypes want integers. */
export function fill(dtype: DType, shape: readonly number[], value: (index: number) => number): Tensor {
  const tensor = zeros(dtype, shape);
  const { elements } = tensor;
  const count = elementCount(shape);
  if (elements instanceof BigInt64Array) {
    for (let i = 0; i < count; i += 1) elements[i] = BigInt(value(i));
  } else if (dtype === "int4" || dtype === "uint4") {
    for (let i = 0; i < count; i += 1) elements[i >> 1] = (elements[i >> 1] ?? 0) | ((value(i) & 15) << (4 * (i & 1)));
  } else if (dtype === "float8_e4m3fn" || dtype === "float8_e5m2") {
    for (let i = 0; i < count; i += 1) elements[i] = numberToFloat8(value(i), dtype);
  } else if (dtype === "float16") {
    for (let i = 0; i < count; i += 1) elements[i] = numberToFloat16(value(i));
  } else if (dtype === "bfloat16") {
    for (let i = 0; i < count; i += 1) elements[i] = numberToBfloat16(value(i));
  } else {
    for (let i = 0; i < count; i += 1) elements[i] = value(i);
  }
  return tensor;
}

/** Bits of the dtypes whose NaNs have a payload: infinity, and the bit that makes a NaN quiet (IEEE 754-2019, 6.2.1). */
const NAN_BITS: Partial<Record<DType, { readonly infinity: number; readonly quiet: number }>> = {
  float32: { infinity: 0x7f800000, quiet: 0x400000 },
  float16: { infinity: 0x7c00, quiet: 0x200 },
  bfloat16: { infinity: 0x7f80, quiet: 0x40 },
};

/** Gives each NaN of a tensor bits of its own: either sign, quiet or signalling, the least payload or all of it. A kernel may not know one NaN only. */
export function varyNans({ dtype, elements }: Tensor, random: Random): void {
  const format = NAN_BITS[dtype];
  if (format === undefined) return;
  const bits =
    elements instanceof Float32Array
      ? new Uint32Array(elements.buffer, elements.byteOffset, elements.length)
      : elements;
  if (!(bits instanceof Uint32Array || bits instanceof Uint16Array)) return;
  const { infinity, quiet } = format;
  const sign = 2 ** (8 * bits.BYTES_PER_ELEMENT - 1);
  for (let i = 0; i < bits.length; i += 1)
    if (((bits[i] ?? 0) & (sign - 1)) > infinity)
      bits[i] = random.integer(0, 1) * sign + infinity + random.pick([1, quiet, 2 * quiet - 1]);
}

/** A rank-0 tensor. */
export function scalar(dtype: DType, value: number): Tensor {
  return fill(dtype, [], () => value);
}

function unpack(packed: Exclude<Elements, BigInt64Array>, dtype: "int4" | "uint4", out: Float64Array): void {
  for (let i = 0; i < out.length; i += 1) {
    const nibble = ((packed[i >> 1] ?? 0) >> (4 * (i & 1))) & 15;
    out[i] = dtype === "int4" && nibble > 7 ? nibble - 16 : nibble;
  }
}

/** The elements as float64: exact for every dtype but int64 beyond 2^53. */
export function toFloat64(tensor: Tensor): Float64Array {
  const { dtype, elements } = tensor;
  if (elements instanceof BigInt64Array) return Float64Array.from(elements, Number);
  if (elements instanceof Float64Array) return elements;
  const out = new Float64Array(elementCount(tensor.shape));
  if (dtype === "float16") for (let i = 0; i < out.length; i += 1) out[i] = float16ToNumber(elements[i] ?? 0);
  else if (dtype === "bfloat16") for (let i = 0; i < out.length; i += 1) out[i] = bfloat16ToNumber(elements[i] ?? 0);
  else if (dtype === "float8_e4m3fn" || dtype === "float8_e5m2")
    for (let i = 0; i < out.length; i += 1) out[i] = float8ToNumber(elements[i] ?? 0, dtype);
  else if (dtype === "int4" || dtype === "uint4") unpack(elements, dtype, out);
  else out.set(elements);
  return out;
}

/** The bytes of a tensor, without a copy. */
export function bytesOf(tensor: Tensor): Uint8Array {
  const { elements } = tensor;
  return new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength);
}

/** A tensor over a copy of `bytes`. */
export function fromBytes(dtype: DType, shape: readonly number[], bytes: Uint8Array): Tensor {
  const tensor = zeros(dtype, shape);
  const target = bytesOf(tensor);
  if (bytes.length !== target.length) throw new RangeError(`${target.length} bytes expected, ${bytes.length} given`);
  target.set(bytes);
  return tensor;
}

/** The index of each axis of the row-major element `flat`. */
export function unravel(flat: number, shape: readonly number[]): number[] {
  const index = shape.map(() => 0);
  let rest = flat;
  for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
    const extent = Math.max(1, shape[axis] ?? 1);
    index[axis] = rest % extent;
    rest = Math.floor(rest / extent);
  }
  return index;
}
