// The smallest op, y = -x, done right: manifest, oracle, what a right kernel writes. For tests of the pipeline without a machine.
import { roundTo } from "../domain/dtype.ts";
import type { Oracle, Tensors } from "../domain/oracle.ts";
import { fill, toFloat64 } from "../domain/tensor.ts";
import { realTruth } from "./judged.ts";
import { type Changes, SUBMISSION, SUBMISSION_YAML } from "./miniature.ts";

const NEGATE_YAML = `edition: 1
op: negate
title: The negative of each element
dtypes: {T: [float16, float32]}
axes: {N: {min: 1, max: 16}}
inputs: {x: {dtype: T, shape: [N]}}
outputs: {y: {dtype: T, shape: [N]}}
numerics: [{class: exact, accumulate: float32}]
work: N
references:
  echo: {numerics: exact, absent: [], baselines: [{name: echo eager}, {name: echo fast}]}
cases:
  - {name: eight, axes: {N: 8}, tags: [required]}
  - {name: timed, axes: {N: 16}, dtypes: {T: float32}, tags: [bench]}
hidden: {count: 2, work: 100}
`;

/** The miniature with the op and a submission of it on an emulated chip. */
export const NEGATE: Readonly<Record<string, string>> = {
  "kernels/negate/op.yaml": NEGATE_YAML,
  [`${SUBMISSION}/submission.yaml`]: SUBMISSION_YAML.replace("window_sum", "negate").replace("fp32", "exact"),
};

/** The change that replaces one text in one of these manifests. */
export function negateEdited(manifest: "op" | "submission", from: string, to: string): Changes {
  const path = manifest === "op" ? "kernels/negate/op.yaml" : `${SUBMISSION}/submission.yaml`;
  const text = NEGATE[path] ?? "";
  if (!text.includes(from)) throw new Error(`'${from}' is not in ${path}`);
  return { [path]: text.replace(from, () => to) };
}

/** Its oracle: exact integers, then random numbers. */
export const negateOracle: Oracle = {
  probes: () => [
    { name: "integers", lane: "A", reveals: "a wrong sign" },
    { name: "random", lane: "B", reveals: "a wrong rounding", race: true },
  ],
  inputs: ({ inputs: [spec] }, probe, random) => {
    const draw = (): number => (probe.lane === "A" ? random.integer(-9, 9) : random.normal());
    return spec === undefined ? {} : { x: fill(spec.dtype, spec.shape, draw) };
  },
  truth: (_bound, _probe, inputs) => {
    const { x } = inputs;
    return x === undefined ? {} : { y: realTruth([...toFloat64(x)].map((value) => -value)) };
  },
};

/** The outputs of a kernel that writes `of(-x)`. */
export function negated(inputs: Tensors, of: (value: number) => number = (value) => value): Tensors {
  const { x } = inputs;
  if (x === undefined) return {};
  const values = toFloat64(x);
  return { y: fill(x.dtype, x.shape, (index) => roundTo(of(-(values[index] ?? 0)), x.dtype)) };
}
