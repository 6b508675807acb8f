// From an executor's answer to a result: which rules judged, and the reason for whatever is no pass.
import type { NodeErrors, NodeResult, RuleWord } from "../domain/node-record.ts";
import type { Answer } from "./bundle.ts";
import type { ReadyCase } from "./case.ts";
import { errorsOf } from "./errors.ts";
import { type Part, partsOf } from "./pair.ts";
import { reasonOf } from "./reason.ts";
import { applyRule, type Rejection, type RuleName } from "./rules.ts";

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

/** Whether a part has one right answer whatever the operator: integers, bools and strings. */
function discrete(part: Part): boolean {
  if (part.kind !== "tensors") return part.kind === "strings";
  const { kind } = part.pair.want.type;
  return kind !== "float" && kind !== "complex";
}

const floating = (part: Part): boolean => part.kind === "tensors" && !discrete(part);

/** A rule that judges a case, and the parts that it takes. */
interface Applied {
  readonly rule: RuleName;
  readonly shown: string;
  readonly applies: string;
  readonly takes: (part: Part) => boolean;
}

const ONNX: Applied = {
  rule: "close",
  shown: "onnx",
  applies: "every output: rtol 1e-3 (bfloat16 2^-6), atol 1e-7",
  takes: () => true,
};
const DISCRETE: Applied = {
  rule: "equal",
  shown: "equal",
  applies: "integers, bools and strings have one right answer",
  takes: discrete,
};

/** The rules of a case: onnx's over all outputs, ours over those that have one right answer. */
function rulesOf({ operator, reduces }: ReadyCase, parts: readonly Part[]): Applied[] {
  const rules = [ONNX, ...(parts.some(discrete) ? [DISCRETE] : [])];
  // Operators of other domains may have these names.
  const name = operator.startsWith("/") ? operator.slice(1) : "";
  if (!parts.some(floating)) return rules;
  if (MOVES.has(name) && !reduces)
    return [...rules, { rule: "moved", shown: "moved", applies: `${name} copies elements`, takes: floating }];
  if (!EXACT.has(name)) return rules;
  return [...rules, { rule: "equal", shown: "equal", applies: `${name} has one right answer`, takes: floating }];
}

function rejectionText({ output, index, message, mismatches, total }: Rejection): string {
  const where = index === null ? output : `${output}, element ${index}`;
  return `${where}: ${message}${total > 1 ? ` (${mismatches} of ${total})` : ""}`;
}

function wordOf({ rule, shown, applies, takes }: Applied, parts: readonly Part[]): RuleWord {
  for (const part of parts) {
    const rejected = takes(part) ? applyRule(rule, part) : null;
    if (rejected !== null) return { rule: shown, applies, accepted: false, message: rejectionText(rejected) };
  }
  return { rule: shown, applies, accepted: true, message: null };
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
  const { outputs } = answer;
  const parts = ready.outputs.flatMap(([name, want], index) => partsOf(name, outputs[index] ?? { kind: "none" }, want));
  const words = rulesOf(ready, parts).map((rule) => wordOf(rule, parts));
  const errors = parts.flatMap((part) =>
    part.kind === "tensors" && part.pair.want.type.kind === "float" ? [errorsOf(part.output, part.pair)] : [],
  );
  return resultOf(ready.operator, words, errors, ns);
}

/** The result when the word of our own error model is added. */
export function withWord(operator: string, judged: Judged, word: RuleWord): Judged {
  return resultOf(operator, [...judged.rules, word], judged.errors, judged.ns);
}
