// What came out beside what should have: decoded once, whatever number of rules looks at it.
import { numbersOf } from "../onnx/element.ts";
import type { OnnxValue } from "../onnx/value.ts";

/** Two tensors of numbers of one type and shape. */
export class TensorPair {
  readonly got: TensorValue;
  readonly want: TensorValue;
  readonly count: number;
  /** Whether the bytes are the same. */
  readonly same: boolean;
  private decoded: readonly [got: Float64Array, want: Float64Array] | undefined;

  constructor(got: TensorValue, want: TensorValue) {
    this.got = got;
    this.want = want;
    this.count = want.shape.reduce((product, extent) => product * extent, 1);
    this.same = Buffer.compare(got.bytes, want.bytes) === 0;
  }

  /** Elements of both as float64; of complex numbers both parts of each. */
  get numbers(): readonly [got: Float64Array, want: Float64Array] {
    this.decoded ??= [
      numbersOf(this.got.type, this.got.bytes, this.count),
      numbersOf(this.want.type, this.want.bytes, this.count),
    ];
    return this.decoded;
  }
}

/** A tensor of numbers. */
export type TensorValue = Extract<OnnxValue, { kind: "tensor" }>;

/** Parts of an output that are compared: tensors, strings, and what cannot be compared because the forms differ. */
export type Part =
  | { readonly kind: "tensors"; readonly output: string; readonly pair: TensorPair }
  | {
      readonly kind: "strings";
      readonly output: string;
      readonly got: readonly string[];
      readonly want: readonly string[];
    }
  | { readonly kind: "different"; readonly output: string; readonly message: string };

function form(value: OnnxValue): string {
  if (value.kind === "tensor") return `a tensor of ${value.type.name} [${value.shape.join()}]`;
  if (value.kind === "strings") return `a tensor of strings [${value.shape.join()}]`;
  return value.kind === "sequence" ? `a sequence of ${value.items.length}` : "nothing";
}

const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((extent, axis) => extent === b[axis]);

/** The parts of an output; sequences are taken apart, and two optionals that hold nothing have none. */
export function partsOf(output: string, got: OnnxValue, want: OnnxValue): Part[] {
  if (got.kind === "tensor" && want.kind === "tensor" && got.type === want.type && sameShape(got.shape, want.shape))
    return [{ kind: "tensors", output, pair: new TensorPair(got, want) }];
  if (got.kind === "strings" && want.kind === "strings" && sameShape(got.shape, want.shape))
    return [{ kind: "strings", output, got: got.texts, want: want.texts }];
  if (got.kind === "sequence" && want.kind === "sequence" && got.items.length === want.items.length)
    return want.items.flatMap((item, index) =>
      partsOf(`${output}[${index}]`, got.items[index] ?? { kind: "none" }, item),
    );
  if (got.kind === "none" && want.kind === "none") return [];
  return [{ kind: "different", output, message: `${form(got)} where ${form(want)} belongs` }];
}
