// The element types of ONNX (TensorProto.DataType of onnx.proto): names, widths, and their values as float64. All 28 of them: the official
// tests use types that no op of ours has.

/** How the elements of a type are compared and shown. */
export type ElementKind = "float" | "integer" | "bool" | "string" | "complex";

/** A binary floating-point format of at most 8 bits: widths, bias, and what its largest patterns mean. */
interface SmallFloat {
  readonly exponent: number;
  readonly mantissa: number;
  readonly bias: number;
  /** `ieee`: infinities and NaN; `last`: only the last pattern is NaN; `negative zero`: only -0 is NaN; `none`: all finite. */
  readonly special: "ieee" | "last" | "negative zero" | "none";
}

/** One element type. */
export interface ElementType {
  /** TensorProto.DataType. */
  readonly code: number;
  /** As onnx.proto writes it in lower case, for example `float8e4m3fn`. */
  readonly name: string;
  readonly kind: ElementKind;
  /** Of one element in raw_data; types of 2, 4 and 6 bits are packed without gaps, the first element in the lowest bits. 0 for strings. */
  readonly bits: number;
  readonly signed: boolean;
  readonly small?: SmallFloat;
}

const small = (
  exponent: number,
  mantissa: number,
  bias: number,
  special: SmallFloat["special"],
): { readonly small: SmallFloat } => ({ small: { exponent, mantissa, bias, special } });

type Row = readonly [code: number, name: string, kind: ElementKind, bits: number, rest?: Partial<ElementType>];

const unsigned = { signed: false };
const ROWS: readonly Row[] = [
  [1, "float", "float", 32],
  [2, "uint8", "integer", 8, unsigned],
  [3, "int8", "integer", 8],
  [4, "uint16", "integer", 16, unsigned],
  [5, "int16", "integer", 16],
  [6, "int32", "integer", 32],
  [7, "int64", "integer", 64],
  [8, "string", "string", 0],
  [9, "bool", "bool", 8, unsigned],
  [10, "float16", "float", 16],
  [11, "double", "float", 64],
  [12, "uint32", "integer", 32, unsigned],
  [13, "uint64", "integer", 64, unsigned],
  [14, "complex64", "complex", 64],
  [15, "complex128", "complex", 128],
  [16, "bfloat16", "float", 16],
  // OCP 8-bit floating point 1.0, and the variants of arXiv 2206.02915 without negative zero.
  [17, "float8e4m3fn", "float", 8, small(4, 3, 7, "last")],
  [18, "float8e4m3fnuz", "float", 8, small(4, 3, 8, "negative zero")],
  [19, "float8e5m2", "float", 8, small(5, 2, 15, "ieee")],
  [20, "float8e5m2fnuz", "float", 8, small(5, 2, 16, "negative zero")],
  [21, "uint4", "integer", 4, unsigned],
  [22, "int4", "integer", 4],
  // OCP microscaling formats 1.0.
  [23, "float4e2m1", "float", 4, small(2, 1, 1, "none")],
  [24, "float8e8m0", "float", 8, { signed: false, ...small(8, 0, 127, "last") }],
  [25, "uint2", "integer", 2, unsigned],
  [26, "int2", "integer", 2],
  [27, "float6e2m3", "float", 6, small(2, 3, 1, "none")],
  [28, "float6e3m2", "float", 6, small(3, 2, 3, "none")],
];

const TYPES: ReadonlyMap<number, ElementType> = new Map(
  ROWS.map(([code, name, kind, bits, rest]) => [code, { code, name, kind, bits, signed: true, ...rest }]),
);

/** The type of a TensorProto.DataType, undefined for numbers that onnx.proto does not know. */
export function elementType(code: number): ElementType | undefined {
  return TYPES.get(code);
}

/** Bytes of `count` elements in raw_data. */
export function bytesOfElements(type: ElementType, count: number): number {
  return Math.ceil((count * type.bits) / 8);
}

/** The value of one pattern of a small format. */
function valueOf(bits: number, { exponent, mantissa, bias, special }: SmallFloat, signed: boolean): number {
  const width = exponent + mantissa;
  const sign = signed && (bits >> width) & 1 ? -1 : 1;
  const magnitude = bits & (2 ** width - 1);
  const top = magnitude >> mantissa;
  const fraction = magnitude & (2 ** mantissa - 1);
  if (special === "negative zero" && sign < 0 && magnitude === 0) return Number.NaN;
  if (special === "last" && magnitude === 2 ** width - 1) return Number.NaN;
  if (special === "ieee" && top === 2 ** exponent - 1) return fraction === 0 ? sign * Infinity : Number.NaN;
  // Without a mantissa there are no subnormals: the exponent alone is the number.
  if (mantissa === 0) return 2 ** (top - bias);
  if (top === 0) return sign * fraction * 2 ** (1 - bias - mantissa);
  return sign * (2 ** mantissa + fraction) * 2 ** (top - bias - mantissa);
}

const tables = new Map<number, Float64Array>();

/** Values of every pattern of a small format. */
function tableOf(type: ElementType, format: SmallFloat): Float64Array {
  const known = tables.get(type.code);
  if (known !== undefined) return known;
  const table = Float64Array.from({ length: 2 ** type.bits }, (_, bits) => valueOf(bits, format, type.signed));
  tables.set(type.code, table);
  return table;
}

/** Element `index` of elements of at most 8 bits, as an unsigned number. One of 6 bits may lie across two bytes. */
function patternAt(bytes: Uint8Array, index: number, bits: number): number {
  if (bits === 8) return bytes[index] ?? 0;
  const first = index * bits;
  const byte = first >>> 3;
  return ((((bytes[byte + 1] ?? 0) << 8) | (bytes[byte] ?? 0)) >> (first & 7)) & (2 ** bits - 1);
}

const half = new Float64Array(65_536).map((_, bits) =>
  valueOf(bits, { exponent: 5, mantissa: 10, bias: 15, special: "ieee" }, true),
);
const word = new DataView(new ArrayBuffer(4));

/** Reads one number of a type that fills whole bytes. */
function reader(type: ElementType, view: DataView): (index: number) => number {
  switch (type.name) {
    case "float":
    case "complex64":
      return (index) => view.getFloat32(4 * index, true);
    case "double":
    case "complex128":
      return (index) => view.getFloat64(8 * index, true);
    case "float16":
      return (index) => half[view.getUint16(2 * index, true)] ?? 0;
    case "bfloat16":
      return (index) => {
        word.setUint32(0, view.getUint16(2 * index, true) << 16);
        return word.getFloat32(0);
      };
    case "int64":
      return (index) => Number(view.getBigInt64(8 * index, true));
    case "uint64":
      return (index) => Number(view.getBigUint64(8 * index, true));
    case "int32":
      return (index) => view.getInt32(4 * index, true);
    case "uint32":
      return (index) => view.getUint32(4 * index, true);
    case "int16":
      return (index) => view.getInt16(2 * index, true);
    case "uint16":
      return (index) => view.getUint16(2 * index, true);
    case "int8":
      return (index) => view.getInt8(index);
    default:
      return (index) => view.getUint8(index);
  }
}

/** Elements as float64, exact for every type but 64-bit integers beyond 2^53. A complex number gives two: its real and its imaginary part. */
export function numbersOf(type: ElementType, bytes: Uint8Array, count: number): Float64Array {
  const numbers = new Float64Array(type.kind === "complex" ? 2 * count : count);
  if (type.small !== undefined) {
    const table = tableOf(type, type.small);
    for (let i = 0; i < count; i += 1) numbers[i] = table[patternAt(bytes, i, type.bits)] ?? 0;
  } else if (type.bits < 8) {
    const wrap = type.signed ? 2 ** (type.bits - 1) : 2 ** type.bits;
    for (let i = 0; i < count; i += 1) {
      const value = patternAt(bytes, i, type.bits);
      numbers[i] = value >= wrap ? value - 2 ** type.bits : value;
    }
  } else {
    const read = reader(type, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    for (let i = 0; i < numbers.length; i += 1) numbers[i] = read(i);
  }
  return numbers;
}
