// The rules an output is judged by. ONNX's own: equal dtype and shape, |got - want| <= 1e-7 + rtol |want| (numpy.testing.assert_allclose).
// Ours: what has one right answer must be that answer.
import { roundTo } from "../domain/dtype.ts";
import type { ElementType } from "../onnx/element.ts";
import type { Part, TensorPair } from "./pair.ts";

/** What a rule says of a part that it rejects. */
export interface Rejection {
  readonly output: string;
  /** The first element that is rejected, row-major; null for what is not about one element. */
  readonly index: number | null;
  readonly message: string;
  readonly mismatches: number;
  readonly total: number;
}

/** onnx/backend/test/runner: every node case has these, bfloat16 two ULP instead. */
const RELATIVE = 1e-3;
const RELATIVE_BFLOAT16 = 2 ** -6;
const ABSOLUTE = 1e-7;

/** Counts elements that `differs`, and tells of the first. */
function elements(
  output: string,
  total: number,
  differs: (index: number) => boolean,
  words: (index: number) => string,
): Rejection | null {
  let mismatches = 0;
  let first = -1;
  for (let index = 0; index < total; index += 1) {
    if (!differs(index)) continue;
    if (first < 0) first = index;
    mismatches += 1;
  }
  if (first < 0) return null;
  return { output, index: first, message: words(first), mismatches, total };
}

/** How two tensors that are not the same bytes are compared. */
type TensorRule = (output: string, pair: TensorPair) => Rejection | null;

/** numpy computes the tolerance in the dtype of the arrays; bfloat16 is compared as float32, integers and bools as float64. */
function rounding({ name }: ElementType): (value: number) => number {
  if (name === "float16") return (value) => roundTo(value, "float16");
  return name === "float" || name === "bfloat16" ? Math.fround : (value) => value;
}

/** |got - want| of complex numbers. */
function complexDistance(a: Float64Array, b: Float64Array, index: number): number {
  return Math.hypot((a[2 * index] ?? 0) - (b[2 * index] ?? 0), (a[2 * index + 1] ?? 0) - (b[2 * index + 1] ?? 0));
}

/** assert_allclose: NaN equals NaN, infinities equal themselves; integers and bools have the tolerance too. */
const close: TensorRule = (output, { want, count, numbers: [a, b] }) => {
  const round = rounding(want.type);
  const relative = round(want.type.name === "bfloat16" ? RELATIVE_BFLOAT16 : RELATIVE);
  const absolute = round(ABSOLUTE);
  const complex = want.type.kind === "complex";
  const magnitude = (index: number): number =>
    complex ? Math.hypot(b[2 * index] ?? 0, b[2 * index + 1] ?? 0) : Math.abs(b[index] ?? 0);
  const allowed = (index: number): number => round(absolute + round(relative * magnitude(index)));
  const distance = (index: number): number =>
    complex ? complexDistance(a, b, index) : round(Math.abs((a[index] ?? 0) - (b[index] ?? 0)));
  const differs = (index: number): boolean => {
    const [x = 0, y = 0] = [a[index], b[index]];
    if (!complex && (x === y || (Number.isNaN(x) && Number.isNaN(y)))) return false;
    if (!Number.isFinite(magnitude(index))) return true;
    return !(distance(index) <= allowed(index));
  };
  return elements(output, count, differs, (index) => {
    const limit = Number.isFinite(magnitude(index)) ? `within ${allowed(index).toPrecision(3)}` : "exactly";
    return `got ${a[index] ?? 0} want ${b[index] ?? 0} ${limit}`;
  });
};

/** Equal numbers: NaN equals NaN whatever its bits, and -0 equals 0. */
const equal: TensorRule = (output, { got, want, count, numbers: [a, b] }) => {
  const parts = a.length / Math.max(1, count);
  // float64 does not tell large 64-bit integers apart.
  const wide = want.type.kind === "integer" && want.type.bits === 64;
  const bits = ({ bytes }: typeof got, index: number): bigint =>
    new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(8 * index, true);
  const differs = (index: number): boolean => {
    if (wide) return bits(got, index) !== bits(want, index);
    for (let part = parts * index; part < parts * (index + 1); part += 1)
      if (a[part] !== b[part] && !(Number.isNaN(a[part]) && Number.isNaN(b[part]))) return true;
    return false;
  };
  return elements(output, count, differs, (index) => `got ${a[parts * index] ?? 0} want ${b[parts * index] ?? 0}`);
};

const signed = (value: number | undefined): string => (Object.is(value, -0) ? "-0" : String(value));

/** Equal numbers with equal signs of zero: what was moved is what it was. */
const moved: TensorRule = (output, pair) => {
  const rejected = equal(output, pair);
  if (rejected !== null || pair.want.type.kind !== "float") return rejected;
  const [a, b] = pair.numbers;
  const words = (index: number): string => `got ${signed(a[index])} want ${signed(b[index])}`;
  return elements(output, pair.count, (index) => !Object.is(a[index], b[index]), words);
};

const RULES = { close, equal, moved };
/** The rules by name; the record calls `close` onnx. */
export type RuleName = keyof typeof RULES;

/** What a rule says of one part; null where it accepts it. */
export function applyRule(rule: RuleName, part: Part): Rejection | null {
  const { output } = part;
  if (part.kind === "different") return { output, index: null, message: part.message, mismatches: 1, total: 1 };
  if (part.kind === "tensors") return part.pair.same ? null : RULES[rule](output, part.pair);
  const { got, want } = part;
  const words = (index: number): string => `got ${JSON.stringify(got[index])} want ${JSON.stringify(want[index])}`;
  return elements(output, want.length, (index) => got[index] !== want[index], words);
}
