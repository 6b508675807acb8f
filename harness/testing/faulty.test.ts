// Every faulty kernel ends in the right status, and none of them harms the others.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { main } from "../cli.ts";
import { type Run, runSchema } from "../domain/run-record.ts";
import { submissionYaml, vendorTree } from "./vendor-tree.ts";

const tree = vendorTree();
const SOURCES = join(import.meta.dirname, "faulty");

/** Fault -> the status it must end in, and words its first finding must have. */
const CONVOLUTIONS: Readonly<Record<string, readonly [string, RegExp]>> = {
  right: ["PASSED", /^$/],
  wrong_padding: ["INCORRECT_NUMERICAL", /elements differ/],
  wrap_for_saturate: ["INCORRECT_NUMERICAL", /elements differ/],
  wrong_tail: ["INCORRECT_NUMERICAL", /16 of 8,512 elements of .y. were never written .*the tail/],
  nothing_written: ["INCORRECT_NUMERICAL", /were never written .y: every element/],
  write_before: ["INTEGRITY_VIOLATION", /'y'.*1 element before its start/],
  write_after: ["INTEGRITY_VIOLATION", /'y'.*1 element past its end/],
  input_modified: ["INTEGRITY_VIOLATION", /wrote to input 'x' \(element 0\)/],
  hang: ["TIMEOUT", /no answer within 1 s/],
  crash: ["RUNTIME_ERROR", /SIGSEGV/],
  exit_zero: ["RUNTIME_ERROR", /left the process with status 0/],
  forks: ["INTEGRITY_VIOLATION", /process access/],
  nondeterministic: ["INCORRECT_NUMERICAL", /elements differ/],
  cached_by_pointer: ["INCORRECT_NUMERICAL", /elements differ/],
};
const ATTENTIONS: Readonly<Record<string, readonly [string, RegExp]>> = {
  right_attention: ["PASSED", /^$/],
  missing_rescale: ["INCORRECT_NUMERICAL", /elements differ/],
  wrong_tail_tile: ["INCORRECT_NUMERICAL", /elements differ/],
  nan_when_masked: ["INCORRECT_NUMERICAL", /elements differ/],
  top_left_mask: ["INCORRECT_NUMERICAL", /elements differ/],
  jittering: ["NONDETERMINISTIC", /wrote different bytes/],
};

function add(name: string, op: string, numerics: string, source: string, more: string): string {
  return tree.add(name, { "kernel.cc": source, "submission.yaml": submissionYaml(name, op, numerics, more) });
}

async function run(folders: readonly string[], cases: string): Promise<{ exit: number; run: Run }> {
  const file = join(tree.root, "run.json");
  const exit = await main(
    [
      "check",
      ...folders,
      "--case",
      cases,
      "--no-measure",
      // One witness is enough: the faults are the candidate's.
      "--executor",
      "torch",
      "--suite",
      "smoke",
      "--json",
      file,
      "--out",
      join(tree.root, "out"),
    ],
    {
      PATH: process.env["PATH"],
      CI: "true",
    },
  );
  return { exit, run: runSchema.parse(JSON.parse(readFileSync(file, "utf8"))) };
}

describe("faulty kernels", () => {
  let convolutions: { exit: number; run: Run };
  let attentions: { exit: number; run: Run };

  beforeAll(async () => {
    const conv = readFileSync(join(SOURCES, "conv.cc"), "utf8");
    const folders = Object.keys(CONVOLUTIONS).map((fault) =>
      add(fault, "qlinear_conv2d", "int32_half_even", conv, "resources: {timeout: 1s}\n"),
    );
    convolutions = await run(folders, "{prime_extents_asymmetric_pads,hidden_0}");
    const attention = readFileSync(join(SOURCES, "attention.cc"), "utf8").replace(
      "FUNC(right,",
      "FUNC(right_attention,",
    );
    const others = Object.keys(ATTENTIONS).map((fault) =>
      add(fault, "flash_attention", "fp32", attention, "supports: {dtypes: {T: [float32]}}\n"),
    );
    attentions = await run(others, "{causal_113x203_gqa_float32,causal_67x29*,hidden_*}");
  }, 240_000);

  afterAll(() => {
    tree.remove();
  });

  const check = (
    result: () => { exit: number; run: Run },
    table: Readonly<Record<string, readonly [string, RegExp]>>,
  ): void => {
    for (const [fault, [status, words]] of Object.entries(table)) {
      it(`${fault} ends in ${status}`, () => {
        const found = result().run.submissions.find((one) => one.submission === `acme/${fault}`);
        const failing = found?.records.find((record) => record.case.counted && record.status !== "PASSED");
        expect(found?.status).toBe(status);
        expect(failing?.findings[0]?.message ?? "").toMatch(words);
      });
    }
    it(`a run over ${Object.keys(table).length} kernels, most of them faulty, judges every one and exits 1`, () => {
      expect(
        result()
          .run.submissions.map((one) => one.submission)
          .sort(),
      ).toEqual(
        Object.keys(table)
          .map((fault) => `acme/${fault}`)
          .sort(),
      );
      expect(result().exit).toBe(1);
    });
  };
  describe("convolution", () => check(() => convolutions, CONVOLUTIONS));
  describe("attention", () => check(() => attentions, ATTENTIONS));
});
