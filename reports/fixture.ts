// An invented run with everything a report must show: passes and failures, emulated and physical devices, measured and
// unmeasured cases, absent, failing and agreeing references, hidden and uncounted cases. Records fit `recordSchema`.
import { speedupOf } from "../harness/domain/measurement.ts";
import type { RunRecord } from "../harness/domain/run-record.ts";
import { declined, uncompiled, uncounted, unwrittenTail, withPoorWitnesses } from "./fixture/failures.ts";
import { MACHINE, type Machine, measurement } from "./fixture/parts.ts";
import { type Invented, type InventedCase, recordOf } from "./fixture/submissions.ts";
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
  vendor: "everest",
  submission: "host_conv2d_nhwc_int8",
  op: "qlinear_conv2d",
  chip: "e64",
  backend: "cpu",
  emulated: false,
};
const HOST_ATTENTION: Invented = { ...HOST_CONV, submission: "host_flash_attention_2", op: "flash_attention" };

/** A race: the candidate's time in ns, and how many times as long its baselines take. */
interface Timed {
  readonly candidate: number;
  readonly ratio: number;
  readonly baselines: readonly string[];
  readonly machine: Machine;
}

const CONV_BASELINES = ["onnxruntime u8s8 NHWC", "torch"];
const ATTENTION_BASELINES = ["torch", "onnxruntime"];

/** The measured cases of the host, by op and case: one faster, one slower, one on a machine too noisy to say. */
const TIMED: Readonly<Record<string, Timed>> = {
  resnet50_stage2: { candidate: 2_140_000, ratio: 1.37, baselines: CONV_BASELINES, machine: "fit" },
  pointwise: { candidate: 310_000, ratio: 0.94, baselines: CONV_BASELINES, machine: "fit" },
  prefill_512: { candidate: 5_320_000, ratio: 1.12, baselines: ATTENTION_BASELINES, machine: "fit" },
  decode_1x777: { candidate: 88_000, ratio: 1.05, baselines: ATTENTION_BASELINES, machine: "noisy" },
};

/** The change that makes a passing record a measured one on a physical device. */
function raced(name: string): Partial<RunRecord> {
  const timed = TIMED[name];
  if (timed === undefined) return {};
  const measured = measurement(name, timed.candidate, timed.ratio, timed.baselines, timed.machine);
  const speedup = speedupOf({ backend: "cpu", chip: "e64", model: MACHINE, emulated: false }, measured);
  return "inconclusive" in speedup
    ? { measurement: measured, speedup: null, speedupAbsent: speedup.inconclusive }
    : { measurement: measured, speedup, speedupAbsent: null };
}

const CLAIM: RunRecord["claims"][number] = { value: 1.3, baseline: "torch", chip: "e64", verdict: "confirmed" };

/** A case on the host: measured where it is timed, claimed once, poorly witnessed once. */
function onHost(invented: Invented, one: InventedCase): RunRecord {
  const claims = one.name === "resnet50_stage2" ? [CLAIM] : [];
  const record = recordOf(invented, one, { ...raced(one.name), claims });
  return invented === HOST_ATTENTION && one.hidden === true ? withPoorWitnesses(record) : record;
}

/** The records of the run. */
export function fixtureRecords(): RunRecord[] {
  const acme = CONVOLUTIONS.map((one) => recordOf(ACME, one));
  return [
    ...acme,
    ...acme.slice(0, 1).map(uncounted),
    ...ATTENTIONS.map((one) =>
      one.name === "gqa_tail_113x203" ? unwrittenTail(BOREALIS, one) : recordOf(BOREALIS, one),
    ),
    ...ATTENTIONS.map((one) => (one.hidden === true ? declined(CIRRUS, one) : recordOf(CIRRUS, one))),
    ...CONVOLUTIONS.map((one) => uncompiled(DELTA, one)),
    ...CONVOLUTIONS.map((one) => onHost(HOST_CONV, one)),
    ...ATTENTIONS.map((one) => onHost(HOST_ATTENTION, one)),
  ];
}

/** A submission whose manifest is wrong: problems and no record. */
export function fixtureRejected(): Submitted {
  const path = "vendors/echo/echo_flash_attention";
  return {
    submission: "echo/echo_flash_attention",
    vendor: "echo",
    path,
    status: "INVALID_MANIFEST",
    records: [],
    problems: [
      {
        code: "OP_DTYPE_UNSUPPORTED",
        file: `${path}/submission.yaml`,
        line: 9,
        column: 27,
        message: "int3 is not a dtype of flash_attention (T has float16, bfloat16, float32)",
        fix: "choose one of those, or propose the dtype in kernels/flash_attention/op.yaml",
      },
    ],
  };
}
