// The checkout's own manifests: everything known is found by listing, and what contradicts itself is told at once.
import { describe, expect, it } from "vitest";
import type { Problem } from "../../domain/problem.ts";
import { MINIATURE, miniature, OP_YAML, ROOT } from "../../testing/miniature.ts";
import { expectProblem, rows } from "../../testing/rows.ts";
import { loadCatalogue } from "./catalogue.ts";

const OP = "kernels/window_sum/op.yaml";

async function problemsOf(changes: Readonly<Record<string, string>>): Promise<readonly Problem[]> {
  const checked = await loadCatalogue(ROOT, miniature(changes));
  return checked.ok ? [] : checked.problems;
}

const TABLE = rows(`
  an op in a folder of another name: op: window_sum => op: window_sums
    VALUE_INVALID 1:1 'window_sums' lies in a place named 'window_sum' · call both 'window_sums' or both 'window_sum'
  a derived axis over an unknown name: (N + pads[0] => (Nn + pads[0]
    EXPRESSION_INVALID 6:14 unknown name 'Nn' · use axes, attributes
  a constraint that is no expression: "M >= 1" => "M >="
    EXPRESSION_INVALID 7:15 a value expected, the end found · use axes, attributes
  work over an unknown name: "M * W" => "M * K"
    EXPRESSION_INVALID 19:7 unknown name 'K' · use axes, attributes
  a shape over an unknown name: shape: [M] => shape: [M, C]
    EXPRESSION_INVALID 15:28 unknown name 'C' · use axes, attributes
  a reference of an unknown class: echo: {numerics: fp32} => echo: {numerics: fp33}
    NUMERICS_UNKNOWN 20:20 'fp33' is no class here · choose one of fp32, fp32_cast
  a case outside its axes: {N: 8, W: 3} => {N: 65, W: 3}
    OP_INVALID 23:5 case 'small': axis 'N' is 65, outside 1..64 · correct the case
  a case without an axis: {N: 8, W: 3} => {N: 8}
    OP_INVALID 23:5 case 'small': axis 'W' has no value · correct the case
  a case that breaks a constraint: {N: 8, W: 3} => {N: 2, W: 3}
    OP_INVALID 23:5 case 'small': constraint 'M >= 1' is not met · correct the case
  a tuple that gets a number: pads: [2, 2] => pads: 2
    OP_INVALID 24:5 'pads' is no tuple · correct the case
  a draw of an attribute that is not there: draw: {pads => draw: {padding
    VALUE_INVALID 21:7 window_sum has no 'padding' here · choose pads or stride
  a case with an axis that is not there: {N: 8, W: 3} => {N: 8, W: 3, K: 1}
    VALUE_INVALID 23:25 window_sum has no 'K' here · choose N or W
  a case with an attribute that is not there: stride: 2} => strides: 2}
    VALUE_INVALID 24:53 window_sum has no 'strides' here · did you mean 'stride'?
  a case with a dtype variable that is not there: dtypes: {T: float32}} => dtypes: {U: float32}}
    VALUE_INVALID 24:88 window_sum has no 'U' here · choose T
  a case that leaves out what is not optional: absent: [bias] => absent: [x]
    VALUE_INVALID 25:70 window_sum has no 'x' here · choose bias
  two cases of one name: name: padded => name: large
    VALUE_INVALID 23:3 the name 'large' is taken · another name
  a case named like the expansion of another: name: padded => name: small_float16
    VALUE_INVALID 23:3 the name 'small_float16' is taken · another name
  a case named like a hidden one: name: padded => name: hidden_0
    VALUE_INVALID 23:3 the name 'hidden_0' is taken · another name
`);

describe("an op that contradicts itself", () => {
  it.each(TABLE)("%s", async (_rule, { from, to, expected }) => {
    expect(OP_YAML).toContain(from);
    expectProblem(await problemsOf({ [OP]: OP_YAML.replace(from, to) }), expected, OP);
  });
});

describe("a catalogue", () => {
  it.each([
    ["y: {dtype: T", "y: {dtype: float17", "'float17' is neither a dtype nor a dtype variable"],
    [
      "stride: {type: int64, default: 1}",
      "stride: {type: int64}",
      "attribute 'stride' has neither a value nor a default",
    ],
    ["shape: [N]}", "shape: [N - 9]}", "'x' would have an extent of -1"],
  ])("a slip of the op that shows only in cases is told for each: %s", async (from, to, message) => {
    const found = await problemsOf({ [OP]: OP_YAML.replace(from, to) });
    expect(found[0]).toMatchObject({ code: "OP_INVALID", place: { line: 23 }, message: `case 'small': ${message}` });
  });

  it("a case whose tensors would not fit into memory is told before anything is made of it", async () => {
    const found = await problemsOf({ [OP]: OP_YAML.replace("shape: [N]}", "shape: [N, 100000, 10000]}") });
    expect(found[0]?.code).toBe("OP_INVALID");
    expect(found[0]?.message).toMatch(/^case 'small': its shapes need [\d.]+ GiB of tensors, above 2 GiB$/);
  });

  it("holds everything that lies in its folders, by name", async () => {
    const checked = await loadCatalogue(ROOT, miniature());
    if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
    const { ops, backends, executors, suites } = checked.value;
    expect([...ops.keys(), ...backends.keys(), ...executors.keys(), ...suites.keys()]).toEqual([
      "window_sum",
      "cpu",
      "toy",
      "echo",
      "native",
      "default",
    ]);
    expect(ops.get("window_sum")).toMatchObject({ folder: `${ROOT}/kernels/window_sum`, text: OP_YAML });
  });

  it("leaves folders without a manifest and files of other kinds alone", async () => {
    const others = {
      "kernels/README.md": "",
      "kernels/notes/README.md": "",
      "suites/README.md": "",
      "harness/devices/x/probe.c": "",
    };
    expect(await problemsOf(others)).toEqual([]);
  });

  it("tells the problems of all manifests at once", async () => {
    const device = (MINIATURE["harness/devices/cpu/device.yaml"] ?? "").replace("c-abi", "cabi");
    const suite = (MINIATURE["suites/default.yaml"] ?? "").replace("title", "titel");
    const found = await problemsOf({
      [OP]: "op: [",
      "harness/devices/cpu/device.yaml": device,
      "suites/default.yaml": suite,
    });
    expect(found.map(({ code, place, fix }) => [code, place.file, fix])).toEqual([
      ["YAML_INVALID", OP, "correct the YAML at this place"],
      ["VALUE_INVALID", "harness/devices/cpu/device.yaml", "did you mean 'c-abi'?"],
      ["KEY_UNKNOWN", "suites/default.yaml", "did you mean 'title'?"],
    ]);
  });

  it("knows a suite by its file's name", async () => {
    const found = await problemsOf({ "suites/nightly.yaml": MINIATURE["suites/default.yaml"] ?? "" });
    expectProblem(
      found,
      "VALUE_INVALID 1:1 'default' lies in a place named 'nightly' · call both",
      "suites/nightly.yaml",
    );
  });
});
