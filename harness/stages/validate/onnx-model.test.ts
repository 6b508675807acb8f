// A model that is submitted: refused with its place before any runtime sees it, and with inputs and outputs that are the op's.
import type { onnx } from "onnx-proto";
import { describe, expect, it, test } from "vitest";
import { modelBytes, valueInfo } from "../../onnx/testing/models.ts";
import {
  type Changes,
  MINIATURE,
  SUBMISSION,
  SUBMISSION_YAML,
  submissionProblems,
  validSubmission,
} from "../../testing/miniature.ts";

const MODEL = `${SUBMISSION}/kernel.onnx`;
const TOY = "harness/devices/toy/device.yaml";
const F32 = 1;
const F16 = 10;

const NODES: onnx.INodeProto[] = [{ opType: "Neg", name: "negate", input: ["x"], output: ["y"] }];

/** A model of x -> y with these graph inputs and outputs. */
function negation(
  input = [valueInfo("x", F32, ["n"])],
  output = [valueInfo("y", F32, ["m"])],
  nodes = NODES,
): Uint8Array {
  return modelBytes({ nodes, graph: { input, output, initializer: [] } });
}

/** The miniature with a submission of that model, narrowed to one dtype unless told otherwise. */
function submitted(model: Uint8Array, supports = "{dtypes: {T: [float32]}}", files = "[kernel.onnx]"): Changes {
  const yaml = SUBMISSION_YAML.replace("dialect: c-abi, files: [kernel.cc]", `dialect: onnx, files: ${files}`);
  return {
    [TOY]: (MINIATURE[TOY] ?? "").replace("[c-abi, bang-c]", "[c-abi, onnx]"),
    [`${SUBMISSION}/submission.yaml`]: yaml.replace("supports: {}", `supports: ${supports}`),
    [MODEL]: model,
  };
}

const said = async (changes: Changes): Promise<string[]> =>
  (await submissionProblems(changes)).map(
    ({ code, place, message, fix }) => `${code} ${place.file}:${place.column} ${message} · ${fix}`,
  );

describe("a submitted model", () => {
  it("with the op's names, dtype and ranks is a valid submission; an optional input may be left out", async () => {
    const submission = await validSubmission(submitted(negation()));
    expect(submission.manifest.source).toEqual({ dialect: "onnx", files: ["kernel.onnx"] });
  });

  it("that is cut off is refused with the byte", async () => {
    const whole = negation();
    const [problem, ...more] = await said(submitted(whole.subarray(0, whole.length - 9)));
    expect(more).toEqual([]);
    expect(problem).toMatch(
      /^MODEL_UNREADABLE vendors\/acme\/sums\/kernel\.onnx:\d{2,} byte \d+: .* · export the model again/,
    );
  });

  it("with data in another file is refused, wherever the file is", async () => {
    const external = {
      name: "w",
      dataType: 1,
      dims: [1],
      dataLocation: 1,
      externalData: [{ key: "location", value: "w.bin" }],
    };
    const bytes = modelBytes({
      nodes: NODES,
      graph: { input: [valueInfo("x", F32, ["n"])], output: [valueInfo("y", F32, ["m"])], initializer: [external] },
    });
    expect(await said(submitted(bytes))).toEqual([
      `MODEL_EXTERNAL ${MODEL}:1 initializer 'w': its data lies in another file, 'w.bin' · store the data in the model itself, as raw_data`,
    ]);
  });

  it("with a cyclic graph is refused with the nodes", async () => {
    const nodes = [{ opType: "Add", name: "loop", input: ["x", "y"], output: ["y"] }];
    expect(await said(submitted(negation(undefined, undefined, nodes)))).toEqual([
      `MODEL_INVALID ${MODEL}:1 node 'loop' (Add): the graph is cyclic: node 'loop' (Add) wait for each other · break the cycle`,
    ]);
  });

  it("is one file", async () => {
    const changes = submitted(negation(), undefined, "[kernel.onnx, kernel.cc]");
    const [problem, ...more] = await said(changes);
    expect(more).toEqual([]);
    expect(problem).toMatch(/^VALUE_INVALID .* is one model, and 2 files are named · name the model only$/);
  });

  test.each<readonly [string, Uint8Array, string]>([
    [
      "another name",
      negation([valueInfo("xs", F32, ["n"])], undefined, [
        { ...NODES[0], opType: "Neg", name: "n", input: ["xs"], output: ["y"] },
      ]),
      "graph input 'xs': window_sum has no input of that name · did you mean 'x'?",
    ],
    [
      "another dtype",
      negation([valueInfo("x", F16, ["n"])]),
      "graph input 'x': its element type is float16 · use float32",
    ],
    [
      "another rank",
      negation([valueInfo("x", F32, ["b", "n"])]),
      "graph input 'x': it has 2 axes · window_sum has 1: [N]",
    ],
    [
      "a sequence",
      negation([{ name: "x", type: { sequenceType: { elemType: { tensorType: { elemType: F32 } } } } }]),
      "graph input 'x': it is a sequence · make it a tensor",
    ],
    [
      "another output",
      negation(
        undefined,
        [valueInfo("out", F32, ["m"])],
        [{ ...NODES[0], opType: "Neg", name: "n", input: ["x"], output: ["out"] }],
      ),
      "graph output 'out': window_sum has no output of that name · name it as the op does: y",
    ],
    [
      "an optional of another dtype",
      negation([valueInfo("x", F32, ["n"]), valueInfo("bias", F16, [])]),
      "graph input 'bias': its element type is float16 · use float32",
    ],
  ])("with %s is told the op's", async (_, model, expected) => {
    expect(await said(submitted(model))).toContain(`MODEL_SIGNATURE ${MODEL}:1 ${expected}`);
  });

  it("without an input that the op needs is told its dtype and rank", async () => {
    const constant = [
      { opType: "Constant", name: "c", output: ["y"], attribute: [{ name: "value_float", type: 1, f: 1 }] },
    ];
    expect(await said(submitted(negation([], undefined, constant)))).toEqual([
      `MODEL_SIGNATURE ${MODEL}:1 graph input 'x': the model does not have it · add it: float32, 1 axes`,
    ]);
  });

  it("has one dtype: supports says which", async () => {
    expect(await said(submitted(negation(), "{}"))).toEqual([
      `MODEL_SIGNATURE ${MODEL}:1 graph input 'x': a model has one dtype, and T may be float16 or float32 · write supports: {dtypes: {T: [float32]}}; one submission for each dtype`,
    ]);
    expect(await said(submitted(negation(undefined, [valueInfo("y", F16, ["m"])]), "{}"))).toContain(
      `MODEL_SIGNATURE ${MODEL}:1 graph output 'y': it is float16 where others of dtype T are float32 · give them one dtype`,
    );
  });
});
