// An invented run with everything a report must show: passes and failures, emulated and physical devices, measured and
// unmeasured cases, absent, failing and agreeing references, hidden and uncounted cases. Records fit `recordSchema`.
import { speedupOf } from "../harness/domain/measurement.ts";
import type { RunRecord } from "../harness/domain/run-record.ts";
import { absentWitness, finding, MACHINE, measurement } from "./fixture/parts.ts";
import { elementsOf, type Invented, type InventedCase, recordOf } from "./fixture/submissions.ts";
import type { Submitted } from "./model.ts";

const CONVOLUTIONS: readonly InventedCase[] = [
  {
    name: "resnet50_stage2",
    axes: { N: 1, H: 56, W: 56, Cin: 64, Cout: 64, KH: 3, KW: 3, OH: 56, OW: 56 },
    tags: ["bench", "required"],
  },
  {
    name: "pointwise",
    axes: { N: 2, H: 14, W: 14, Cin: 256, Cout: 96, KH: 1, KW: 1, OH: 14, OW: 14 },
    tags: ["bench"],
  },
  {
    name: "odd_sizes",
    axes: { N: 1, H: 17, W: 23, Cin: 5, Cout: 7, KH: 3, KW: 5, OH: 17, OW: 21 },
    tags: ["required"],
  },
  { name: "hidden_0", axes: { N: 3, H: 11, W: 9, Cin: 13, Cout: 6, KH: 2, KW: 3, OH: 12, OW: 9 }, hidden: true },
  { name: "hidden_1", axes: { N: 1, H: 29, W: 31, Cin: 3, Cout: 19, KH: 5, KW: 5, OH: 27, OW: 29 }, hidden: true },
];

const ATTENTIONS: readonly InventedCase[] = [
  {
    name: "prefill_512",
    axes: { B: 1, Tq: 512, Tk: 512, H: 8, Hkv: 8, D: 64 },
    tags: ["bench", "required"],
    headroom: 0.41,
  },
  {
    name: "gqa_tail_113x203",
    axes: { B: 1, Tq: 113, Tk: 203, H: 8, Hkv: 2, D: 64 },
    tags: ["required"],
    headroom: 0.36,
  },
  { name: "decode_1x777", axes: { B: 4, Tq: 1, Tk: 777, H: 8, Hkv: 1, D: 128 }, tags: ["bench"], headroom: 0.22 },
  { name: "hidden_0", axes: { B: 2, Tq: 37, Tk: 64, H: 6, Hkv: 3, D: 40 }, hidden: true, headroom: 0.38 },
];

function emulated(vendor: string, submission: string, op: Invented["op"], chip: string): Invented {
  return { vendor, submission, op, chip, backend: "emulated-npu", emulated: true };
}

const ACME = emulated("acme", "acme_conv2d_nhwc_int8", "qlinear_conv2d", "a370");
const BOREALIS = emulated("borealis", "borealis_flash_attention_fp16", "flash_attention", "b100");
const CIRRUS = emulated("cirrus", "cirrus_flash_attention", "flash_attention", "c2");
const DELTA = emulated("delta", "delta_conv2d", "qlinear_conv2d", "d8");
const HOST_CONV: Invented = {
  vendor: "community",
  submission: "x86_conv2d_nhwc_int8",
  op: "qlinear_conv2d",
  chip: "x86-64",
  backend: "cpu",
  emulated: false,
};
const HOST_ATTENTION: Invented = { ...HOST_CONV, submission: "x86_flash_attention_2", op: "flash_attention" };

/** The change that makes a passing record a measured one on a physical device. */
function raced(
  label: string,
  candidate: number,
  ratio: number,
  baselines: readonly string[],
  fit = true,
): Partial<RunRecord> {
  const measured = measurement(label, candidate, ratio, baselines, 60, fit);
  const speedup = speedupOf({ backend: "cpu", chip: "x86-64", model: MACHINE, emulated: false }, measured);
  return "inconclusive" in speedup
    ? { measurement: measured, speedup: null, speedupAbsent: speedup.inconclusive }
    : { measurement: measured, speedup, speedupAbsent: null };
}

/** Tail rows never written: the first and worst element, the pattern, and the one command. */
function failingTail(): RunRecord {
  const one: InventedCase = {
    name: "gqa_tail_113x203",
    axes: { B: 1, Tq: 113, Tk: 203, H: 8, Hkv: 2, D: 64 },
    tags: ["required"],
  };
  const passing = recordOf(BOREALIS, one);
  const [o, lse] = passing.errors;
  const wrong = finding({
    lane: "A",
    gate: "exact",
    probe: "uniform_rows",
    placement: "right",
    output: "o",
    message: "8,704 of 57,856 elements of o differ: the rows keep the value they were filled with",
    mismatches: 8704,
    total: elementsOf(one),
    first: { index: [0, 96, 0, 0], got: "NaN", want: 3, ulp: null, allowed: 0.001 },
    worst: { index: [0, 112, 7, 63], got: 0, want: 41, ulp: 1312, allowed: 0.0159 },
    pattern: "rows 96..112 of 113 were never written: the last tile of 16 + 1 rows",
  });
  const poison = finding({
    lane: "memory",
    gate: "poison",
    output: "o",
    message: "two runs with different fill patterns gave different bits",
    placement: "right",
  });
  const histogram = [44211, 4102, 812, 27, 0, 0, 0, 0, 0, 0, 0, 3120, 5584, 0, 0, 0];
  return {
    ...passing,
    status: "INCORRECT_NUMERICAL",
    findings: [wrong, poison],
    errors: [
      {
        ...(o ?? passing.errors[0]),
        mismatches: 8704,
        maxAbs: 41,
        maxRel: 1,
        maxUlp: "NaN",
        ulpHistogram: histogram,
        rmsOverSigma: 512.4,
        bias: -88.1,
        headroom: 2571.5,
      },
      ...(lse === undefined ? [] : [lse]),
    ] as RunRecord["errors"],
    gates: [
      { gate: "G1", probe: "random", output: "o", statistic: "Infinity", limit: 1 },
      { gate: "G2", probe: "random", output: "o", statistic: 512.4, limit: 1.31 },
      { gate: "G3", probe: "random", output: "o", statistic: -88.1, limit: 8 },
    ],
    integrity: { ...passing.integrity, poisonsEqual: false },
    log: "[borealis] launching 7 tiles of 16 rows\n[borealis] done\n",
    votable: ["the seed was given"],
  };
}

/** Two witnesses of a case replaced: one absent, one that fails its own judgement. */
function withPoorWitnesses(record: RunRecord): RunRecord {
  const witnesses = record.witnesses.map((witness) => {
    if (witness.executor === "triton")
      return absentWitness("triton", witness.numerics, "declared cost of 14 s is above the suite's 2 s");
    if (witness.executor !== "onnxruntime") return witness;
    const findings = [
      finding({
        lane: "C",
        gate: "special",
        probe: "masked_rows",
        output: "o",
        message: "fully masked rows give NaN instead of 0",
        mismatches: 512,
        total: 94720,
      }),
    ];
    const errors = witness.errors.map((error) => ({
      ...error,
      mismatches: 512,
      maxUlp: "NaN" as const,
      headroom: "NaN" as const,
    }));
    return { ...witness, status: "INCORRECT_NUMERICAL" as const, errors, findings };
  });
  return { ...record, witnesses };
}

function uncompiled(one: InventedCase): RunRecord {
  const message = "conv2d.npu:41:18: error: '__npu_copy' was not declared in this scope";
  const change = {
    status: "COMPILE_ERROR",
    findings: [finding({ lane: "execution", gate: "compile", message })],
    errors: [],
    gates: [],
    witnesses: [],
    timing: null,
  } as const;
  const log = `${message}\n   41 |   __npu_copy(tile, source, bytes);\n      |   ^~~~~~~~~~\n1 error generated.\n`;
  const record = recordOf(DELTA, one, {
    ...change,
    findings: [...change.findings],
    errors: [],
    gates: [],
    witnesses: [],
    log,
  });
  return { ...record, submission: { ...record.submission, artifactDigest: null } };
}

function declined(one: InventedCase): RunRecord {
  const findings = [
    finding({ lane: "execution", gate: "declined", message: "NotImplementedError: D must be a multiple of 64" }),
  ];
  return recordOf(CIRRUS, one, { status: "UNSUPPORTED", findings, errors: [], gates: [], timing: null });
}

/** A case outside what a submission supports: recorded, never counted. */
function uncounted(record: RunRecord): RunRecord {
  return {
    ...record,
    status: "UNSUPPORTED",
    case: { ...record.case, name: "wide_kernel_9x9", tags: [], counted: false },
    errors: [],
    gates: [],
    witnesses: [],
    timing: null,
  };
}

/** The records of the run. */
export function fixtureRecords(): RunRecord[] {
  const [stage2, pointwise] = [CONVOLUTIONS[0], CONVOLUTIONS[1]];
  const convolutions = CONVOLUTIONS.map((one) => {
    if (one === stage2)
      return recordOf(HOST_CONV, one, {
        ...raced("stage2", 2_140_000, 1.37, ["onnxruntime u8s8 NHWC", "torch"]),
        claims: [{ value: 1.3, baseline: "torch", chip: "x86-64", verdict: "confirmed" }],
      });
    if (one === pointwise)
      return recordOf(HOST_CONV, one, raced("pointwise", 310_000, 0.94, ["onnxruntime u8s8 NHWC", "torch"]));
    return recordOf(HOST_CONV, one);
  });
  const attentions = ATTENTIONS.map((one, i) => {
    if (i === 0) return recordOf(HOST_ATTENTION, one, raced("prefill", 5_320_000, 1.12, ["torch", "onnxruntime"]));
    if (i === 2) return recordOf(HOST_ATTENTION, one, raced("decode", 88_000, 1.05, ["torch", "onnxruntime"], false));
    return i === 3 ? withPoorWitnesses(recordOf(HOST_ATTENTION, one)) : recordOf(HOST_ATTENTION, one);
  });
  const acme = CONVOLUTIONS.map((one) => recordOf(ACME, one));
  const [first] = acme;
  return [
    ...acme,
    ...(first === undefined ? [] : [uncounted(first)]),
    ...ATTENTIONS.map((one) => (one.name === "gqa_tail_113x203" ? failingTail() : recordOf(BOREALIS, one))),
    ...ATTENTIONS.map((one) => (one.hidden === true ? declined(one) : recordOf(CIRRUS, one))),
    ...CONVOLUTIONS.map(uncompiled),
    ...convolutions,
    ...attentions,
  ];
}

/** A submission whose manifest is wrong: problems and no record. */
export function fixtureRejected(): Submitted {
  return {
    submission: "echo_flash_attention",
    vendor: "echo",
    path: "vendors/echo/echo_flash_attention",
    status: "INVALID_MANIFEST",
    records: [],
    problems: [
      {
        code: "OP_DTYPE_UNSUPPORTED",
        file: "vendors/echo/echo_flash_attention/submission.yaml",
        line: 9,
        column: 27,
        message: "int3 is not a dtype of flash_attention (T has float16, bfloat16, float32)",
        fix: "choose one of those, or propose the dtype in kernels/flash_attention/op.yaml",
      },
    ],
  };
}
