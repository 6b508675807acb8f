// The suite as people run it, on a few cases, with the real export, sandbox and executors.
import { describe, expect, it } from "vitest";
import { nodeRunSchema } from "../domain/node-record.ts";
import { CHECKOUT, world } from "../io/main.ts";
import { loadCatalogue } from "../stages/validate/catalogue.ts";
import { runNodeSuite } from "./suite.ts";

/** What each shows: a pass, a twin, strings, a sequence, 4-bit floats, a wrong answer, a random draw, what is not there, and an op of ours. */
const CHOSEN: Readonly<Record<string, string>> = {
  test_abs: "passed",
  test_clip_expanded: "passed",
  test_string_concat: "passed",
  test_identity_sequence: "passed",
  test_castlike_FLOAT_to_INT4: "passed",
  test_maxunpool_export_with_output_shape: "wrong",
  test_training_dropout: "wrong",
  test_image_decoder_decode_bmp_rgb: "unsupported",
  test_softmax_axis_1: "passed",
};

describe("the suite", () => {
  it("gives each case its result, the rules that judged and the reason", async () => {
    const { ports } = await world(process.env, { report: () => {} });
    const checked = await loadCatalogue(CHECKOUT, ports.files);
    if (!checked.ok) throw new Error("the checkout's own manifests are wrong");
    const lane = await ports.lanes.start();
    const suite = checked.value.suites.get("onnx-node")?.value.onnxNode;
    if (suite === undefined) throw new Error("there is no suite onnx-node");
    const request = {
      run: "20261122T101500Z-3fa91c",
      suite,
      chosen: (name: string) => name in CHOSEN,
      catalogue: checked.value,
      progress: () => {},
    };
    try {
      const { whole, problems } = await runNodeSuite(request, [lane], ports);
      expect(problems).toEqual([]);
      nodeRunSchema.parse(whole);
      expect(Object.fromEntries(whole.records.map((record) => [record.case, record.result]))).toEqual(CHOSEN);
      const of = (name: string): (typeof whole.records)[number] | undefined =>
        whole.records.find((record) => record.case === name);
      expect(of("test_clip_expanded")?.operator).toBe("ai.onnx/Clip");
      expect(of("test_string_concat")?.rules.map(({ rule }) => rule)).toEqual(["onnx", "equal"]);
      expect(of("test_maxunpool_export_with_output_shape")?.reason).toMatch(/rejected by onnx, moved: y, element 5/);
      expect(of("test_image_decoder_decode_bmp_rgb")?.reason).toMatch(/ImageDecoder/);
      const softmax = of("test_softmax_axis_1");
      expect(softmax?.rules.map(({ rule }) => rule)).toEqual(["onnx", "softmax fp32"]);
      expect(softmax?.others.map(({ executor, result }) => [executor, result])).toEqual([
        ["torch", "passed"],
        ["triton", "passed"],
      ]);
      expect(of("test_abs")?.others[0]?.reason).toBe("Abs is no op of ours");
    } finally {
      await lane.close();
    }
  });
});
