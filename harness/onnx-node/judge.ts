// From an executor's answer to a result: which rules judged, and the reason for whatever is no pass.
import type { NodeErrors, NodeResult, RuleWord } from "../domain/node-record.ts";
import type { OnnxValue } from "../onnx/value.ts";
import type { Answer } from "./bundle.ts";
import type { ReadyCase } from "./case.ts";
import { errorsOf } from "./errors.ts";
import { reasonOf } from "./reason.ts";
import { applyRule, type Rejection } from "./rules.ts";

/** The result of one executor on one case. */
export interface Judged {
  readonly result: Exclude<NodeResult, "refused">;
  /** Equal for results of one kind; null for a pass. */
  readonly group: string | null;
  readonly reason: string | null;
  readonly rules: readonly RuleWord[];
  readonly errors: readonly NodeErrors[];
  /** One run in the worker, by its own clock: not a measurement. */
  readonly ns: number | null;
}

const set = (names: string): ReadonlySet<string> => new Set(names.split(" "));

/** Operators that copy elements: what comes out is what went in, with its sign of zero. Those with a `reduction` compute instead. */
const MOVES = set(
  "Identity Reshape Transpose Concat ConcatFromSequence Split SplitToSequence Slice Gather GatherElements GatherND Scatter ScatterElements ScatterND TensorScatter Squeeze Unsqueeze Flatten Expand Tile Pad DepthToSpace SpaceToDepth ReverseSequence Where Compress OneHot Unique TopK Trilu EyeLike Constant ConstantOfShape SequenceAt SequenceConstruct SequenceEmpty SequenceErase SequenceInsert Optional OptionalGetElement MaxUnpool BitCast CenterCropPad",
);

/** Operators whose every result is one exactly defined number: a selection, a sign, a whole number, or one rounding. */
const EXACT = set(
  "Abs Neg Sign Ceil Floor Round Max Min ReduceMax ReduceMin Relu Clip MaxPool GlobalMaxPool Cast CastLike",
);

/** Whether a value holds no floating numbers: integers, bools and strings have one right answer. */
function discrete(value: OnnxValue): boolean {
  if (value.kind === "sequence") return value.items.every(discrete);
  return value.kind !== "tensor" || (value.type.kind !== "float" && value.type.kind !== "complex");
}

interface Output {
  readonly name: string;
  readonly got: OnnxValue;
  readonly want: OnnxValue;
}

function rejectionText({ output, index, message, mismatches, total }: Rejection): string {
  const where = index === null ? output : `${output}, element ${index}`;
  return `${where}: ${message}${total > 1 ? ` (${mismatches} of ${total})` : ""}`;
}

function word(rule: "close" | "equal" | "moved", shown: string, applies: string, outputs: readonly Output[]): RuleWord {
  for (const { name, got, want } of outputs) {
    const rejected = applyRule(rule, name, got, want);
    if (rejected !== null) return { rule: shown, applies, accepted: false, message: rejectionText(rejected) };
  }
  return { rule: shown, applies, accepted: true, message: null };
}

/** The rules of a case: onnx's over all outputs, ours over those that have one right answer. */
function wordsOf({ operator, reduces }: ReadyCase, outputs: readonly Output[]): RuleWord[] {
  const words = [word("close", "onnx", "every output: rtol 1e-3 (bfloat16 2^-6), atol 1e-7", outputs)];
  const name = operator.slice(operator.indexOf("/") + 1);
  const standard = operator.startsWith("/");
  const whole = outputs.filter(({ want }) => discrete(want));
  const floating = outputs.filter(({ want }) => !discrete(want));
  if (whole.length > 0) words.push(word("equal", "equal", "integers, bools and strings have one right answer", whole));
  if (floating.length === 0) return words;
  if (standard && MOVES.has(name) && !reduces) words.push(word("moved", "moved", `${name} copies elements`, floating));
  else if (standard && EXACT.has(name)) words.push(word("equal", "equal", `${name} has one right answer`, floating));
  return words;
}

/** Operators that draw at random. */
const DRAWS = set("Bernoulli Dropout Multinomial RandomNormal RandomNormalLike RandomUniform RandomUniformLike");

/** The result that rules ask for. */
function resultOf(
  operator: string,
  rules: readonly RuleWord[],
  errors: readonly NodeErrors[],
  ns: number | null,
): Judged {
  const rejecting = rules.filter(({ accepted }) => !accepted);
  const [first] = rejecting;
  if (first === undefined) return { result: "passed", group: null, reason: null, rules, errors, ns };
  const by = `rejected by ${rejecting.map(({ rule }) => rule).join(", ")}`;
  const draw = DRAWS.has(operator.replace(/^\//, ""));
  const group = draw ? `${by}; a random draw` : by;
  const note = draw ? "; the expected numbers are one draw of numpy's generator, which an executor need not have" : "";
  return { result: "wrong", group, reason: `${by}: ${first.message ?? ""}${note}`, rules, errors, ns };
}

/** Judges an answer by onnx's rule, and by ours where there is one right answer. */
export function judgeAnswer(ready: ReadyCase, answer: Answer): Judged {
  if (answer.state === "failed") return { ...reasonOf(answer), rules: [], errors: [], ns: null };
  const { ns } = answer;
  const count = `${answer.outputs.length} outputs where ${ready.outputs.length} belong`;
  if (answer.outputs.length !== ready.outputs.length)
    return { result: "wrong", group: "number of outputs", reason: count, rules: [], errors: [], ns };
  const outputs = ready.outputs.map(([name, want], index) => ({
    name,
    want,
    got: answer.outputs[index] ?? { kind: "none" },
  }));
  const errors = outputs.flatMap(({ name, got, want }) => errorsOf(name, got, want));
  return resultOf(ready.operator, wordsOf(ready, outputs), errors, ns);
}

/** The result when the word of our own error model is added. */
export function withWord(operator: string, judged: Judged, word: RuleWord): Judged {
  return resultOf(operator, [...judged.rules, word], judged.errors, judged.ns);
}
