// The rules an output is judged by. ONNX's own: equal dtype and shape, |got - want| <= 1e-7 + rtol |want| (numpy.testing.assert_allclose).
// Ours: what has one right answer must be that answer.
import { roundTo } from "../domain/dtype.ts";
import { type ElementType, numbersOf } from "../onnx/element.ts";
import type { OnnxValue } from "../onnx/value.ts";

/** One element that a rule rejects. */
export interface Difference {
  readonly output: string;
  /** Row-major; null for what is not about one element. */
  readonly index: number | null;
  readonly message: string;
}

/** What a rule says of a value: nothing, or what is wrong. */
export interface Rejection extends Difference {
  readonly mismatches: number;
  readonly total: number;
}

/** onnx/backend/test/runner: every node case has these, bfloat16 two ULP instead. */
const RELATIVE = 1e-3;
const RELATIVE_BFLOAT16 = 2 ** -6;
const ABSOLUTE = 1e-7;

const whole = (output: string, message: string): Rejection => ({
  output,
  index: null,
  message,
  mismatches: 1,
  total: 1,
});

const form = (value: OnnxValue): string => {
  if (value.kind === "tensor") return `a tensor of ${value.type.name} [${value.shape.join()}]`;
  if (value.kind === "strings") return `a tensor of strings [${value.shape.join()}]`;
  return value.kind === "sequence" ? `a sequence of ${value.items.length}` : "nothing";
};

type TensorValue = Extract<OnnxValue, { kind: "tensor" }>;

/** Elements of a shape. */
export function countOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

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

/** How two tensors of numbers of one type and shape are compared. */
type TensorRule = (output: string, got: TensorValue, want: TensorValue) => Rejection | null;

/** Applies a rule of tensors to values of any form; forms, dtypes and shapes must agree first. */
function compareValues(output: string, got: OnnxValue, want: OnnxValue, rule: TensorRule): Rejection | null {
  if (got.kind === "sequence" && want.kind === "sequence") {
    if (got.items.length !== want.items.length) return whole(output, `${form(got)} where ${form(want)} belongs`);
    for (const [index, item] of want.items.entries()) {
      const rejected = compareValues(`${output}[${index}]`, got.items[index] ?? { kind: "none" }, item, rule);
      if (rejected !== null) return rejected;
    }
    return null;
  }
  if (got.kind === "none" && want.kind === "none") return null;
  if (form(got) !== form(want)) return whole(output, `${form(got)} where ${form(want)} belongs`);
  if (got.kind === "strings" && want.kind === "strings") {
    const words = (index: number): string =>
      `got ${JSON.stringify(got.texts[index])} want ${JSON.stringify(want.texts[index])}`;
    return elements(output, want.texts.length, (index) => got.texts[index] !== want.texts[index], words);
  }
  return got.kind === "tensor" && want.kind === "tensor" ? rule(output, got, want) : null;
}

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
const close: TensorRule = (output, got, want) => {
  if (Buffer.compare(got.bytes, want.bytes) === 0) return null;
  const count = countOf(want.shape);
  const [a, b] = [numbersOf(got.type, got.bytes, count), numbersOf(want.type, want.bytes, count)];
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
    const [x, y] = [a[index] ?? 0, b[index] ?? 0];
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
const equal: TensorRule = (output, got, want) => {
  if (Buffer.compare(got.bytes, want.bytes) === 0) return null;
  const count = countOf(want.shape);
  const [a, b] = [numbersOf(got.type, got.bytes, count), numbersOf(want.type, want.bytes, count)];
  const parts = a.length / Math.max(1, count);
  // float64 does not tell large 64-bit integers apart.
  const wide = want.type.kind === "integer" && want.type.bits === 64;
  const bits = (value: TensorValue, index: number): bigint =>
    new DataView(value.bytes.buffer, value.bytes.byteOffset).getBigInt64(8 * index, true);
  const differs = (index: number): boolean => {
    if (wide) return bits(got, index) !== bits(want, index);
    for (let part = parts * index; part < parts * (index + 1); part += 1)
      if (a[part] !== b[part] && !(Number.isNaN(a[part]) && Number.isNaN(b[part]))) return true;
    return false;
  };
  return elements(output, count, differs, (index) => `got ${a[parts * index] ?? 0} want ${b[parts * index] ?? 0}`);
};

/** Equal numbers with equal signs of zero: what was moved is what it was. */
const moved: TensorRule = (output, got, want) => {
  const rejected = equal(output, got, want);
  if (rejected !== null || want.type.kind !== "float") return rejected;
  const count = countOf(want.shape);
  const [a, b] = [numbersOf(got.type, got.bytes, count), numbersOf(want.type, want.bytes, count)];
  return elements(
    output,
    count,
    (index) => !Object.is(a[index], b[index]),
    (index) =>
      `got ${Object.is(a[index], -0) ? "-0" : (a[index] ?? 0)} want ${Object.is(b[index], -0) ? "-0" : (b[index] ?? 0)}`,
  );
};

const RULES = { close, equal, moved };

/** Compares one output; null where the rule accepts it. */
export function applyRule(rule: keyof typeof RULES, output: string, got: OnnxValue, want: OnnxValue): Rejection | null {
  return compareValues(output, got, want, RULES[rule]);
}
