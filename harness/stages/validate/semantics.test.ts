// What a submission says of ops, devices and cases is held against what they are.
import { describe, expect, it } from "vitest";
import { edited, MINIATURE, OP_YAML, SUBMISSION, submissionProblems } from "../../testing/miniature.ts";
import { expectProblem, rows } from "../../testing/rows.ts";

const YAML = `${SUBMISSION}/submission.yaml`;

const TABLE = rows(`
  an unknown op: window_sum => window_sun
    OP_UNKNOWN 4:5 there is no op 'window_sun' · did you mean 'window_sum'?
  an op near nothing: window_sum => fft
    OP_UNKNOWN 4:5 there is no op 'fft' · choose window_sum
  an unknown backend: toy => toys
    BACKEND_UNKNOWN 6:19 there is no backend 'toys' · did you mean 'toy'?
  a backend near nothing: toy => quantum
    BACKEND_UNKNOWN 6:19 there is no backend 'quantum' · choose cpu or toy
  an unknown dialect: c-abi => c-aby
    DIALECT_UNKNOWN 7:19 backend 'toy' does not take dialect 'c-aby' · did you mean 'c-abi'?
  a dialect near nothing: c-abi => fortran
    DIALECT_UNKNOWN 7:19 backend 'toy' does not take dialect 'fortran' · choose c-abi or bang-c
  a dialect that the backend does not take: c-abi => triton
    DIALECT_UNKNOWN 7:19 backend 'toy' does not take dialect 'triton' · choose c-abi or bang-c
  a credential that the kernel would see: supports: {} => environment: {pass: [OMP_PROC_BIND, GITHUB_TOKEN]}
    VALUE_INVALID 9:37 'GITHUB_TOKEN' may not reach a kernel · name only variables of the device's own libraries
  a variable of the loader: supports: {} => environment: {set: {LD_PRELOAD: x.so}}
    VALUE_INVALID 9:33 'LD_PRELOAD' may not reach a kernel · name only variables of the device's own libraries
  a chip that the vendor does not have: [T1] => [T1, T2]
    CHIP_UNKNOWN 6:36 vendor.yaml has no 'T2' on 'toy' · did you mean 'T1'?
  a chip of another backend: [T1] => [host]
    CHIP_UNKNOWN 6:32 vendor.yaml has no 'host' on 'toy' · choose T1
  a numerics class that the op has not: fp32 => fp33
    NUMERICS_UNKNOWN 10:19 'fp33' is no numerics class of window_sum · did you mean 'fp32'?
  an entry that is no identifier: entry: sums => entry: my-kernel
    ENTRY_INVALID 8:8 'my-kernel' is no identifier · use letters, digits and '_'
  an entry that would inject code: entry: sums => entry: 'f);system('
    ENTRY_INVALID 8:8 'f);system(' is no identifier · use letters
  an entry that begins with a digit: entry: sums => entry: 2sums
    ENTRY_INVALID 8:8 '2sums' is no identifier · use letters
`);

const SUPPORTS = rows(`
  a dtype that nobody knows: {} => {dtypes: {T: [int3]}}
    OP_DTYPE_UNSUPPORTED 9:25 int3 is not a dtype of window_sum (T has float16, float32) · kernels/window_sum/op.yaml
  a dtype that the op has not: {} => {dtypes: {T: [float16, int8]}}
    OP_DTYPE_UNSUPPORTED 9:34 int8 is not a dtype of window_sum (T has float16, float32) · kernels/window_sum/op.yaml
  a dtype variable that the op has not: {} => {dtypes: {U: [int8]}}
    VALUE_INVALID 9:24 'U' is no dtype variable of window_sum · choose T
  an axis that the op has not: {} => {axes: {Width: {}}}
    VALUE_INVALID 9:26 'Width' is no axis of window_sum · choose N or W
  an attribute that the op has not: {} => {attributes: {strid: [1]}}
    VALUE_INVALID 9:32 'strid' is no attribute of window_sum · did you mean 'stride'?
  a constraint that is no expression: {} => {constraints: ['N +']}
    EXPRESSION_INVALID 9:26 a value expected, the end found · use N, W, pads, stride or M
  a constraint over an unknown name: {} => {constraints: ['N > 0', 'Q > 0']}
    EXPRESSION_INVALID 9:35 unknown name 'Q' · use N, W, pads, stride or M
  a constraint that calls what is no function: {} => {constraints: ['exit(1)']}
    EXPRESSION_INVALID 9:26 unknown function 'exit' · use N, W
  a constraint that divides by zero: {} => {constraints: ['N % (W - W) == 0']}
    EXPRESSION_INVALID 9:26 division by zero · use N
  a constraint that forgets an index: {} => {constraints: ['pads > 0']}
    EXPRESSION_INVALID 9:26 'pads' is a tuple: it needs an index · use N
  a constraint past the end of a tuple: {} => {constraints: ['pads[2] == 0']}
    EXPRESSION_INVALID 9:26 index out of range of 'pads' · use N
  a required case excluded by an axis: {} => {dtypes: {T: [float16]}, axes: {N: {min: 9}}}
    REQUIRED_CASE_EXCLUDED 9:11 'small_float16' is excluded: N = 8 is below 9 · only dtypes may be left out
  a required case excluded by an attribute: {} => {dtypes: {T: [float16]}, attributes: {stride: [2]}}
    REQUIRED_CASE_EXCLUDED 9:11 'small_float16' is excluded: stride = 1 is not supported · only dtypes
  a required case excluded by a constraint: {} => {dtypes: {T: [float16]}, constraints: ['W != 3']}
    REQUIRED_CASE_EXCLUDED 9:11 'small_float16' is excluded: constraint 'W != 3' is not met · only dtypes
`);

describe("a submission that contradicts what it is for", () => {
  it.each(TABLE)("%s", async (_rule, { from, to, expected }) => {
    expectProblem(await submissionProblems(edited(from, to)), expected, YAML);
  });

  it.each(SUPPORTS)("supports %s", async (_rule, { from, to, expected }) => {
    expectProblem(await submissionProblems(edited(`supports: ${from}`, `supports: ${to}`)), expected, YAML);
  });

  it("a constraint nested too deep to read is a problem, not an exception", async () => {
    const found = await submissionProblems(edited("{}", `{constraints: ['${"(".repeat(50_000)}']}`));
    expect(found.map((problem) => problem.code)).toEqual(["EXPRESSION_INVALID"]);
  });

  it("axes that no hidden case can satisfy are unsatisfiable", async () => {
    const op = OP_YAML.replace("work: 200", "work: 5");
    const manifest = edited("supports: {}", "supports: {axes: {N: {min: 8, max: 8}, W: {min: 3, max: 3}}}");
    const found = await submissionProblems({ ...manifest, "kernels/window_sum/op.yaml": op });
    expectProblem(found, "AXES_UNSATISFIABLE 9:11 no case can be drawn within supports · widen the axes", YAML);
  });

  it("a required case may be left out by its dtype", async () => {
    expect(await submissionProblems(edited("{}", "{dtypes: {T: [float16]}}"))).toEqual([]);
  });

  it("without a vendor manifest its chips are not judged", async () => {
    const found = await submissionProblems({ ...edited("[T1]", "[T9]"), "vendors/acme/vendor.yaml": null });
    expect(found.map((problem) => problem.code)).toEqual(["MANIFEST_MISSING"]);
  });

  it("a vendor without a chip on the backend is told to add it", async () => {
    const vendor = (MINIATURE["vendors/acme/vendor.yaml"] ?? "").replace("{name: T1, backend: toy}, ", "");
    const found = await submissionProblems({ "vendors/acme/vendor.yaml": vendor });
    expectProblem(found, "CHIP_UNKNOWN 6:32 vendor.yaml has no 'T1' · add the chip to vendor.yaml", YAML);
  });
});
